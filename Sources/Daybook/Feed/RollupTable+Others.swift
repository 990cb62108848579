package import PostgresClient

extension RollupTable {
    /// A column of a rollup's table that is not the rollup's: the operator's own, or one that a definition had once.
    package struct OtherColumn: Sendable, Hashable {
        package var name: String
        /// SQL of what a new row gets.
        package var defaultValue: String
    }

    /// Those that can be written.
    package static func otherColumns(
        of rollup: Rollup, on connection: PostgresConnection
    ) async throws -> [OtherColumn] {
        try await connection.query(
            """
            SELECT a.attname::text, coalesce(pg_get_expr(d.adbin, d.adrelid), 'NULL')
            FROM pg_attribute AS a LEFT JOIN pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
            WHERE a.attrelid = to_regclass($1::text) AND a.attnum > 0 AND NOT a.attisdropped
                AND a.attgenerated = '' AND a.attidentity = '' AND a.attname::text <> ALL ($2::text[])
            ORDER BY a.attnum
            """,
            [rollup.table.sql, rollup.columnNames]
        ).map { row in
            let (name, value) = try row.decode(String.self, String.self)
            return OtherColumn(name: name, defaultValue: value)
        }
    }
}
