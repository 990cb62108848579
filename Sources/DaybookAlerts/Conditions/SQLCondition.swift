package import PostgresClient

/// A query of the operator, each of whose rows is something that is wrong.
package struct SQLCondition: Sendable {
    let query: String
    let timeout: Duration

    /// More rows than this are told as "and others".
    static let rowLimit = 100
    /// A value longer than this is cut, in characters.
    static let textLimit = 200

    package init(_ query: String, timeout: Duration) {
        self.query = query
        self.timeout = timeout
    }

    /// Runs it in a transaction that cannot write, in UTC.
    ///
    /// The first column is the subject, the others are its detail as `name: value`.
    /// - Throws: ``PostgresError``, whose description holds no values.
    package func findings(on connection: PostgresConnection) async throws -> [AlertFinding] {
        let milliseconds = Int((timeout / .milliseconds(1)).rounded())
        return try await connection.withTransaction(.repeatableReadReadOnly) { connection in
            for (name, value) in [("statement_timeout", "\(milliseconds)ms"), ("TimeZone", "UTC")] {
                try await connection.query("SELECT set_config($1::text, $2::text, true)", [name, value])
            }
            let names = try await connection.describe(query).map(\.name)
            let columns = names.indices.map { "left(q.c\($0)::text, \(Self.textLimit))" }.joined(separator: ", ")
            let aliases = names.indices.map { "c\($0)" }.joined(separator: ", ")
            let rows = try await connection.query(
                "SELECT \(columns) FROM (\(query)\n) AS q (\(aliases)) LIMIT \(Self.rowLimit + 1)")
            var findings = try rows.prefix(Self.rowLimit).map { row in
                let values = try names.indices.map { try row.decode(String?.self, at: $0) ?? "null" }
                let detail = zip(names, values).dropFirst().map { "\($0): \($1)" }.joined(separator: ", ")
                return AlertFinding(values.first ?? "", detail)
            }
            if rows.count > Self.rowLimit { findings.append(AlertFinding("others", "There are more rows.")) }
            return findings
        }
    }
}
