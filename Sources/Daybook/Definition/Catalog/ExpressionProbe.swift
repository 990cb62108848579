import PostgresClient

/// A temporary table with the columns of a source (or the measures of a rollup), against which expressions are
/// compiled.
///
/// Nothing is evaluated over rows, and the source itself is not touched. An expression that a stored generated column
/// takes looks at one row only, holds no subquery, aggregate, window or set, and is immutable; a view over a subselect
/// tells its type, and that it needs no system column, which the triggers' transition tables do not have.
struct ExpressionProbe {
    let session: CatalogSession
    /// Expressions may qualify their columns with it.
    let table: String
    private let view: String
    let column: String

    /// Creates the table; ``close()`` removes it. Fails where the role may not use the columns' types.
    ///
    /// - Parameter columns: names, and their declarations as SQL.
    static func open(
        named table: String, columns: [(name: String, declaration: String)], _ session: CatalogSession
    ) async throws -> Result<ExpressionProbe, PostgresError> {
        let probe = ExpressionProbe(
            session: session, table: table, view: table == "daybook_view" ? "daybook_view_2" : "daybook_view",
            column: unusedName(columns.map(\.name)))
        let declarations = columns.map(\.declaration).joined(separator: ", ")
        let created = try await session.attemptAndKeep {
            try await session.connection.query("CREATE TEMPORARY TABLE \(probe.quotedTable) (\(declarations))")
        }
        return created.map { _ in probe }
    }

    func close() async throws {
        try await session.undo()
    }

    var quotedTable: String { "pg_temp.\(table.quotedIdentifier)" }

    private static func unusedName(_ names: [String]) -> String {
        var name = "daybook_value"
        while names.contains(name) { name += "_" }
        return name
    }

    /// The type of an expression, or the server's words on why it does not compile.
    func type(of expression: String) async throws -> Result<ExpressionType, PostgresError> {
        try await session.attempt {
            let type = try await viewType("(\n\(expression)\n)")
            try await generate("(\n\(expression)\n)", as: type.name)
            return type
        }
    }

    /// Whether an expression whose type is known becomes another type without being asked: by an implicit cast, or as a
    /// literal whose type was open.
    func converts(_ expression: String, of type: ExpressionType, to target: ExpressionType) async throws -> Bool {
        if type.oid == target.oid { return true }
        if try await hasImplicitCast(from: type.oid, to: target.oid) { return true }
        guard type.oid == ExpressionType.OID.text else { return false }
        let common = try await session.attempt {
            try await viewType("coalesce(NULL::\(target.name), (\n\(expression)\n))")
        }
        return (try? common.get())?.oid == target.oid
    }

    /// Whether the cast to a type depends on nothing but the value; if not, or if a literal is no value of the type,
    /// the error.
    func cast(_ expression: String, to type: String) async throws -> Result<Void, PostgresError> {
        try await session.attempt { try await generate("CAST((\n\(expression)\n) AS \(type))", as: type) }
    }

    /// Whether an expression can be stored in a column of a type, as in INSERT; if not, the error.
    func assign(_ expression: String, to type: String) async throws -> Result<Void, PostgresError> {
        try await session.attempt { try await generate("(\n\(expression)\n)", as: type) }
    }

    func generate(_ expression: String, as type: String, in column: String? = nil) async throws {
        let column = (column ?? self.column).quotedIdentifier
        try await session.connection.query(
            "ALTER TABLE \(quotedTable) ADD COLUMN \(column) \(type) GENERATED ALWAYS AS "
                + "(\(expression)) STORED"
        )
    }

    func viewType(_ expression: String) async throws -> ExpressionType {
        try await session.connection.query(
            """
            CREATE TEMPORARY VIEW \(view) AS
            SELECT \(expression) AS value FROM (TABLE \(quotedTable)) AS \(table.quotedIdentifier)
            """)
        return try await ExpressionType.ofFirstColumn(of: "pg_temp.\(view)", session)
    }

    /// Makes room for the next view within one savepoint.
    func dropView() async throws {
        try await session.connection.execute("DROP VIEW pg_temp.\(view)")
    }

    private func hasImplicitCast(from source: UInt32, to target: UInt32) async throws -> Bool {
        try await session.connection.query(
            "SELECT EXISTS (SELECT FROM pg_cast WHERE castsource = $1 AND casttarget = $2 AND castcontext = 'i')",
            [source, target])[0].decode(Bool.self)
    }
}

extension ExpressionType {
    private static let sql = """
        SELECT
            coalesce(nullif(t.typbasetype, 0), t.oid),
            format_type(a.atttypid, a.atttypmod),
            t.typtype = 'e',
            t.typtype = 'd',
            coalesce(l.collisdeterministic, true)
        FROM pg_attribute AS a
        JOIN pg_type AS t ON t.oid = a.atttypid
        LEFT JOIN pg_collation AS l ON l.oid = a.attcollation
        WHERE a.attrelid = $1::regclass AND a.attnum = 1
        """

    /// The type of the only column of a table or view.
    static func ofFirstColumn(of relation: String, _ session: CatalogSession) async throws -> ExpressionType {
        let fields = try await session.connection.query(sql, [relation])[0].decode(
            UInt32.self, String.self, Bool.self, Bool.self, Bool.self)
        return ExpressionType(
            oid: fields.0, name: fields.1, isEnum: fields.2, isDomain: fields.3, hasDeterministicCollation: fields.4)
    }
}
