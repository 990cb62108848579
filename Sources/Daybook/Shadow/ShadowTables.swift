import PostgresClient

/// The shadow tables of the installed rollups.
struct ShadowTables {
    var names: [String]

    static func read(on connection: PostgresConnection) async throws -> ShadowTables {
        let installed = try await connection.query("SELECT FROM pg_class WHERE oid = to_regclass('daybook.rollups')")
        guard !installed.isEmpty else { return ShadowTables(names: []) }
        let rows = try await connection.query(
            "SELECT table_name FROM daybook.rollups WHERE table_schema = '\(ShadowSchema.name)' ORDER BY id")
        return ShadowTables(names: try rows.map { try $0.decode(String.self) })
    }

    /// What is kept of adopted tables is left alone, and with it the schema.
    func drop(on connection: PostgresConnection) async throws {
        for name in names {
            try await connection.query(
                "DROP TABLE IF EXISTS \(QualifiedName(schema: ShadowSchema.name, name: name).sql)")
        }
        let empty = try await connection.query(
            """
            SELECT FROM pg_namespace AS n WHERE n.nspname = '\(ShadowSchema.name)'
            AND NOT EXISTS (SELECT FROM pg_class AS c WHERE c.relnamespace = n.oid)
            """
        )
        if !empty.isEmpty { try await connection.query("DROP SCHEMA \(ShadowSchema.name)") }
    }
}
