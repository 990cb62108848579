import Foundation
import PostgresClient
import Testing

@testable import Daybook
@testable import DaybookServer

/// What doctor finds in a real database, as operators get it.
struct DoctorFindingsTests {
    @Test("A trigger that is off stands first, with what to do, in the API and on the page without scripts")
    func triggerIsOff() async throws {
        try await ServerFixture.with { fixture in
            try await fixture.run("ALTER TABLE sales DISABLE TRIGGER ALL")
            let first = try await fixture.get("/api/ops").json
            #expect(first["findings"] is NSNull && first["doctor"] != nil)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { await fixture.routes.doctor.run() }
                defer { fixture.routes.doctor.close() }
                var findings: [[String: Any]] = []
                try await eventually("doctor has looked") {
                    findings = try await fixture.get("/api/ops").json["findings"] as? [[String: Any]] ?? []
                    return !findings.isEmpty
                }
                let severities = findings.compactMap { $0["severity"] as? String }
                #expect(severities.first == "error")
                #expect(severities == ["error", "warning", "info"].flatMap { one in severities.filter { $0 == one } })
                let worst = try #require(findings.first)
                let remedy = try #require(worst["remedy"] as? String)
                #expect(!remedy.isEmpty)
                let page = try await fixture.get("/ops").body
                #expect(page.contains("class=\"problem error\""))
                #expect(page.contains("sales"))
            }
        }
    }

    @Test("The examination has a connection of its own, and leaves none")
    func connection() async throws {
        try await ServerFixture.with { fixture in
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { await fixture.routes.doctor.run() }
                defer { fixture.routes.doctor.close() }
                try await eventually("doctor has looked") { fixture.routes.doctor.report.findings != nil }
                try await eventually("its connection is closed") {
                    try await fixture.connection.query(
                        """
                        SELECT NOT EXISTS (SELECT FROM pg_stat_activity
                            WHERE application_name = 'daybook doctor' AND datname = current_database())
                        """)[0].decode(Bool.self)
                }
            }
        }
    }
}
