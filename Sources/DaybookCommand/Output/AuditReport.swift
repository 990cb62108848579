import Daybook
import Foundation

/// What an audit found, for people and for machines.
struct AuditReport: Encodable {
    let rollups: [Entry]
    let equal: Bool

    struct Entry: Encodable {
        let rollup: String
        let days: Int
        let keys: Int
        let different: Int
        let repaired: Int
        /// Days that were not compared, with the reason.
        let unbuilt: [String]
        let thinned: [String]
        let parked: Int
    }

    private enum CodingKeys: CodingKey {
        case rollups, equal
    }

    private let findings: [Auditor.Finding]

    init(_ findings: [Auditor.Finding]) {
        self.findings = findings
        rollups = findings.map { finding in
            Entry(
                rollup: finding.rollup, days: finding.days.count, keys: finding.keys, different: finding.different,
                repaired: 0, unbuilt: finding.unbuilt.map { "\($0)" }, thinned: finding.thinned.map { "\($0)" },
                parked: finding.parkedKeys
            )
        }
        equal = findings.allSatisfy { $0.different == 0 }
    }

    /// Nothing could be compared, because nothing is built yet.
    var isEmpty: Bool { findings.allSatisfy { $0.days.isEmpty && !$0.unbuilt.isEmpty } }

    var text: String {
        var table = TextTable(["rollup", "days", "keys", "different"])
        for entry in rollups {
            table.add([entry.rollup, entry.days.grouped, entry.keys.grouped, entry.different.grouped])
        }
        var lines = [table.text]
        for finding in findings where finding.different > 0 {
            let days = finding.days.filter { $0.different > 0 }
            lines.append("")
            lines.append("Different in \(finding.rollup):")
            for day in days.prefix(20) {
                lines.append("  \(day.day)  \(day.different.grouped) of \(day.keys.grouped) keys")
            }
            if days.count > 20 { lines.append("  and \(days.count - 20) more days") }
        }
        for entry in rollups {
            if !entry.unbuilt.isEmpty {
                lines.append("\(entry.rollup): \(entry.unbuilt.count) days are not built yet.")
            }
            if !entry.thinned.isEmpty {
                lines.append(
                    "\(entry.rollup): \(entry.thinned.count) days cannot be verified, their source rows are gone.")
            }
            if entry.parked > 0 {
                lines.append("\(entry.rollup): \(entry.parked) keys are parked (see daybook status).")
            }
        }
        lines.append("")
        lines.append(
            equal
                ? "Equal: the tables are what the sources say." : "Different: the tables are not what the sources say.")
        return lines.joined(separator: "\n")
    }
}

/// JSON as the commands print it: snake case, stable order.
enum JSONOutput {
    static func text(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }
}
