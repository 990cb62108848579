import PostgresClient

/// A result as text, columns aligned, so that a test reads like what `psql` would print. Null is `∅`.
enum DrawnTable {
    static func draw(_ sql: String, on connection: PostgresConnection) async throws -> String {
        let columns = try await connection.describe(sql).map(\.name)
        let list = columns.indices.map { "t.c\($0)::text" }.joined(separator: ", ")
        let names = columns.indices.map { "c\($0)" }.joined(separator: ", ")
        let rows = try await connection.query("SELECT \(list) FROM (\(sql)) AS t(\(names))").map { row in
            try columns.indices.map { try row.decode(String?.self, at: $0) ?? "∅" }
        }
        return draw([columns] + rows)
    }

    static func draw(_ lines: [[String]]) -> String {
        guard let head = lines.first else { return "" }
        let widths = head.indices.map { column in lines.map { $0[column].count }.max() ?? 0 }
        return lines.map { line in
            let cells = line.indices.map { line[$0] + String(repeating: " ", count: widths[$0] - line[$0].count) }
            return cells.joined(separator: " | ").trimmingTrailingBlanks
        }.joined(separator: "\n")
    }
}

extension String {
    fileprivate var trimmingTrailingBlanks: String {
        var text = self[...]
        while text.last == " " { text = text.dropLast() }
        return String(text)
    }
}
