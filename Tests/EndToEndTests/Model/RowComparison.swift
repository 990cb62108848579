import PostgresClient

/// Compares a rollup table with its reference, every column of every row as text, at one snapshot.
struct RowComparison: Sendable {
    let reference: ReferenceRollup

    /// Rows that differ are drawn up to this number.
    static let shownRows = 30

    struct Outcome: Sendable {
        var rows: Int
        var different: Int
        /// The rows that differ, as a table.
        var drawing: String
    }

    func run(on connection: PostgresConnection) async throws -> Outcome {
        let texts = reference.columns.map { "\($0)::text" }.joined(separator: ", ")
        let order = (1...reference.columns.count).map { "\($0 + 1)" }.joined(separator: ", ")
        let rows = try await connection.query(
            """
            WITH wanted AS MATERIALIZED (SELECT \(texts) FROM (\(reference.rows)) AS r),
                 found AS MATERIALIZED (SELECT \(texts) FROM \(reference.table)),
                 missing AS MATERIALIZED (TABLE wanted EXCEPT ALL TABLE found),
                 surplus AS MATERIALIZED (TABLE found EXCEPT ALL TABLE wanted),
                 counts AS (SELECT (SELECT count(*) FROM wanted) AS n, (SELECT count(*) FROM missing)
                    + (SELECT count(*) FROM surplus) AS different),
                 differences AS (
                    SELECT 'sources' AS side, * FROM missing UNION ALL SELECT 'rollup', * FROM surplus
                    ORDER BY \(order), side DESC LIMIT \(Self.shownRows)
                 )
            SELECT c.n, c.different, d.* FROM counts AS c LEFT JOIN differences AS d ON true
            """
        )
        let (count, different) = try rows[0].decode(Int.self, Int.self)
        guard different > 0 else { return Outcome(rows: count, different: 0, drawing: "") }
        let drawn = try rows.map { row in
            try (2..<reference.columns.count + 3).map { try row.decode(String?.self, at: $0) }
        }
        return Outcome(
            rows: count, different: different,
            drawing: DrawnTable(header: ["says"] + reference.columns, rows: drawn).description
        )
    }
}

/// Text in columns. Nulls and what cannot be seen are spelled out.
struct DrawnTable: CustomStringConvertible {
    var header: [String]
    var rows: [[String?]]

    static let widestCell = 60

    var description: String {
        let cells = rows.map { $0.map(Self.spell) }
        let widths = header.indices.map { column in
            max(header[column].count, cells.map { $0[column].count }.max() ?? 0)
        }
        let rule = "+" + widths.map { String(repeating: "-", count: $0 + 2) + "+" }.joined()
        let lines = ([header] + cells).map { row in
            "|" + zip(row, widths).map { " " + $0 + String(repeating: " ", count: $1 - $0.count) + " |" }.joined()
        }
        return ([rule, lines[0], rule] + lines.dropFirst() + [rule]).joined(separator: "\n")
    }

    /// Scalars beyond printable ASCII are told by number, as the eye cannot tell some of them apart.
    static func spell(_ text: String?) -> String {
        guard let text else { return "∅" }
        var spelled = ""
        for scalar in text.unicodeScalars {
            switch scalar.value {
            case 0x20..<0x7F: spelled.unicodeScalars.append(scalar)
            default: spelled += "\\u{\(String(scalar.value, radix: 16))}"
            }
        }
        guard spelled.count > widestCell else { return spelled }
        return "\(spelled.prefix(widestCell - 12))… (\(text.unicodeScalars.count))"
    }
}
