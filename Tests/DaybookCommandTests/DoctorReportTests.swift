import Daybook
import Foundation
import Testing

@testable import DaybookCommand

/// What `daybook doctor` prints.
struct DoctorReportTests {
    private static func finding(_ severity: DoctorFinding.Severity) -> DoctorFinding {
        DoctorFinding(check: "rule", severity: severity, subject: "public.orders", evidence: "Seen.", remedy: "Do.")
    }

    @Test func json() throws {
        let text = try JSONOutput.text(DoctorReport([Self.finding(.warning)]))
        let object = try #require(JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
        #expect(Set(object.keys) == ["findings", "healthy"])
        #expect(object["healthy"] as? Bool == false)
        #expect(
            object["findings"] as? [[String: String]] == [
                [
                    "check": "rule", "severity": "warning", "subject": "public.orders", "evidence": "Seen.",
                    "remedy": "Do.",
                ]
            ])
    }

    @Test func text() {
        #expect(DoctorReport([]).text == "Nothing found.")
        #expect(
            DoctorReport([Self.finding(.info)]).text == """
                info rule: public.orders
                  Seen.
                  Do.
                Nothing to act on: error 0, warning 0, info 1.
                """)
        #expect(DoctorReport([Self.finding(.error)]).text.hasSuffix("Found: error 1, warning 0, info 0."))
    }
}
