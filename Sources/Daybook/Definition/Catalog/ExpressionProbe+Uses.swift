import PostgresClient

/// What expressions depend on besides built-in functions.
struct ExpressionUses {
    /// Columns of the source, in the table's order.
    var columns: [Rollup.Column]
    /// Neither functions or operators from elsewhere, nor conversions through text: no setting can change the outcome.
    var isSelfContained: Bool

    static let nothing = ExpressionUses(columns: [], isSelfContained: true)
}

extension ExpressionProbe {
    /// Reads off the catalog what the expressions use, by way of generated columns; nothing when one does not compile.
    func uses(of expressions: [String]) async throws -> ExpressionUses {
        let uses = try await session.attempt {
            for (index, expression) in expressions.enumerated() {
                let type = try await viewType("(\n\(expression)\n)")
                try await generate("(\n\(expression)\n)", as: type.name, in: "\(column)\(index)")
                try await dropView()
            }
            return try await readUses()
        }
        return (try? uses.get()) ?? .nothing
    }

    private func readUses() async throws -> ExpressionUses {
        let columns = try await session.connection.query(
            """
            SELECT a.attname::text, format_type(a.atttypid, a.atttypmod)
            FROM pg_attribute AS a
            WHERE a.attrelid = $1::regclass AND a.attnum > 0 AND a.attgenerated = '' AND EXISTS (
                SELECT FROM pg_depend AS d
                WHERE d.refclassid = 'pg_class'::regclass AND d.refobjid = a.attrelid AND d.refobjsubid = a.attnum
                  AND (\(Self.isOfGeneratedColumn))
            )
            ORDER BY a.attnum
            """, [quotedTable])
        let selfContained = try await session.connection.query(
            """
            SELECT NOT EXISTS (
                SELECT FROM pg_depend AS d
                WHERE d.refclassid IN ('pg_proc'::regclass, 'pg_operator'::regclass) AND (\(Self.isOfGeneratedColumn))
            ) AND NOT EXISTS (
                SELECT FROM pg_attrdef AS g WHERE g.adrelid = $1::regclass AND g.adbin::text LIKE '%{COERCEVIAIO %'
            )
            """, [quotedTable])
        return ExpressionUses(
            columns: try columns.map { row in
                let (name, type) = try row.decode(String.self, String.self)
                return Rollup.Column(name: name, type: type)
            },
            isSelfContained: try selfContained[0].decode(Bool.self))
    }

    /// Postgres has recorded what a generated column needs under the column in some versions, under its expression in others.
    private static let isOfGeneratedColumn = """
        (d.classid = 'pg_attrdef'::regclass AND d.objid IN (SELECT g.oid FROM pg_attrdef AS g WHERE g.adrelid = $1::regclass))
        OR (d.classid = 'pg_class'::regclass AND d.objid = $1::regclass AND d.objsubid > 0)
        """
}
