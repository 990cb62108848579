import Daybook

/// What `daybook shadow` has found, for people and for machines.
struct ShadowReportOutput: Encodable {
    let rollups: [Entry]
    /// Whether the cron jobs' tables are what the sources say.
    let equal: Bool
    let oursEqual: Bool

    struct Entry: Encodable {
        let rollup: String
        let table: String
        let exists: Bool
        let notCompared: [String]
        let unknownColumns: [String]
        let days: [Day]
        let findings: [Finding]
    }

    struct Day: Encodable {
        let day: String
        let comparedAt: String
        let rows, expected, wrong, missing, surplus, ours: Int
        let verifiable: Bool
        let reasons: [String: Int]
    }

    struct Finding: Encodable {
        let day: String
        let key: [String?]
        let column: String?
        let theirs: String?
        let right: String?
        let reason: String
    }

    init(_ report: ShadowReport) {
        rollups = report.rollups.map(Entry.init)
        equal = report.isEqual
        oursEqual = report.oursIsEqual
    }

    /// Findings and days that are printed of a rollup.
    private static let listed = 20

    var text: String {
        var lines = rollups.flatMap { $0.lines(listed: Self.listed) + [""] }
        lines.append(
            equal
                ? "Equal: the cron jobs' tables are what the sources say."
                : "Different: the cron jobs' tables are not what the sources say.")
        lines.append(
            oursEqual
                ? "Ours are what the sources say." : "Ours are not what the sources say. Run `daybook repair`.")
        return lines.joined(separator: "\n")
    }
}

extension ShadowReportOutput.Entry {
    init(_ entry: ShadowReport.Entry) {
        rollup = entry.rollup
        table = entry.table
        exists = entry.exists
        notCompared = entry.lacking
        unknownColumns = entry.others
        days = entry.days.map { day in
            ShadowReportOutput.Day(
                day: "\(day.day)", comparedAt: "\(day.comparedAt)", rows: day.rows, expected: day.expected,
                wrong: day.wrong, missing: day.missing, surplus: day.surplus, ours: day.ours,
                verifiable: !day.isUnverifiable, reasons: day.reasons)
        }
        findings = entry.findings.map {
            ShadowReportOutput.Finding(
                day: "\($0.day)", key: $0.key, column: $0.column, theirs: $0.theirs, right: $0.right, reason: $0.reason)
        }
    }

    func lines(listed: Int) -> [String] {
        guard exists else { return ["\(rollup): there is no table \(table) to compare with."] }
        let different = days.filter { $0.verifiable && $0.wrong + $0.missing + $0.surplus > 0 || $0.ours > 0 }
        var lines = ["\(rollup): \(different.count) of \(days.count) days differ."]
        if !notCompared.isEmpty { lines.append("  Not compared, \(table) lacks them: \(list(notCompared)).") }
        if !unknownColumns.isEmpty { lines.append("  Not compared, the rollup lacks them: \(list(unknownColumns)).") }
        let lost = days.count { !$0.verifiable }
        if lost > 0 { lines.append("  \(lost) days cannot be compared: the sources have no rows of them any more.") }
        guard !different.isEmpty else { return lines }
        var table = TextTable(["day", "rows", "wrong", "missing", "surplus", "ours wrong", "because"])
        for day in different.suffix(listed) {
            let reasons = day.reasons.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
            table.add([
                day.day, day.rows.grouped, day.wrong.grouped, day.missing.grouped, day.surplus.grouped,
                day.ours.grouped, reasons.map { "\($0.key) \($0.value.grouped)" }.joined(separator: ", "),
            ])
        }
        lines += ["", table.text, ""]
        lines += findings.suffix(listed).map { finding in
            let key = finding.key.map { $0 ?? "null" }.joined(separator: " | ")
            let what = finding.column.map { "\($0): " } ?? ""
            return
                "  \(finding.day)  \(key)  \(what)\(finding.theirs ?? "none"), right is \(finding.right ?? "none"): \(finding.reason)"
        }
        if findings.count > listed || different.count > listed { lines.append("  and more; --json tells all.") }
        return lines
    }

    private func list(_ names: [String]) -> String { names.joined(separator: ", ") }
}
