import PostgresClient

/// One day of a comparison while it is being made.
struct ShadowDay {
    var totals: ShadowReport.Day
    var rows: [ShadowJudge.Row] = []
    private var isNeverCounted: [Bool] = []

    init(day: PostgresDate, comparedAt: PostgresTimestamp) {
        totals = ShadowReport.Day(day: day, comparedAt: comparedAt)
    }

    /// Takes in a row of ``ShadowQuery/differences``.
    mutating func add(_ row: PostgresRow) throws {
        totals.rows = try row.decode(Int.self, at: 6)
        totals.expected = try row.decode(Int.self, at: 7)
        totals.wrong = try row.decode(Int.self, at: 8)
        totals.missing = try row.decode(Int.self, at: 9)
        totals.surplus = try row.decode(Int.self, at: 10)
        isNeverCounted = try row.decode([Bool?].self, at: 11).map { $0 ?? false }
        guard try row.decode(Bool.self, at: 5) else { return }
        rows.append(
            ShadowJudge.Row(
                day: totals.day, key: try row.decode([String?].self, at: 1), copy: try row.decode(Int.self, at: 2),
                theirs: try row.decode([String?]?.self, at: 3), rights: try row.decode([String?]?.self, at: 4)
            ))
    }

    /// Gives every cell its reason, counts them, and tells the first of them.
    mutating func judge(
        with judge: ShadowJudge, _ gathered: ShadowEvidence.Gathered, of rollup: String
    ) -> [ShadowFinding] {
        var findings: [ShadowFinding] = []
        for row in rows {
            var evidence = gathered[row.day, row.key]
            evidence.isDayEmpty = totals.rows == 0
            evidence.isNeverCounted = isNeverCounted
            let whole = judge.reason(for: row, evidence)
            for (column, reason) in cells(of: row, judge, evidence, whole) {
                totals.reasons[reason.name, default: 0] += 1
                guard findings.count < ShadowComparison.findingsOfDay else { continue }
                let text: ([String?]?) -> String? = { cells in
                    guard let column else { return cells.map { Self.text(of: $0, judge.columns) } }
                    return cells?[column]
                }
                findings.append(
                    ShadowFinding(
                        rollup: rollup, day: row.day, key: row.key, column: column.map { judge.columns[$0].name },
                        theirs: text(row.theirs), right: text(row.rights), reason: "\(reason)"))
            }
        }
        return findings
    }

    private func cells(
        of row: ShadowJudge.Row, _ judge: ShadowJudge, _ evidence: ShadowJudge.Evidence, _ whole: ShadowReason
    ) -> [(Int?, ShadowReason)] {
        guard row.copy == 1, let theirs = row.theirs, let rights = row.rights else { return [(nil, whole)] }
        return theirs.indices.filter { theirs[$0] != rights[$0] }.map {
            ($0, judge.reason(forCell: $0, of: row, evidence, inRow: whole))
        }
    }

    private static func text(of cells: [String?], _ columns: [ShadowColumns.Column]) -> String {
        zip(columns, cells).map { "\($0.name)=\($1 ?? "null")" }.joined(separator: " ")
    }
}
