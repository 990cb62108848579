import PostgresClient

extension CatalogResolution {
    /// The declared types, by dimension; those that do not exist or cannot be keys are left out and become problems.
    mutating func dimensionTypes(_ definition: RollupDefinition) async throws -> [String: ExpressionType] {
        var types: [String: ExpressionType] = [:]
        for dimension in definition.dimensions {
            let path = ["dimensions", dimension.name]
            guard let type = try await declaredType(dimension.type) else {
                refuse(
                    definition, path, "the type \"\(dimension.type)\" does not exist",
                    try await remedyForUnknownType(dimension.type))
                continue
            }
            if let remedy = type.isDomain ? "Declare the type that the domain is made of." : type.remedyAsDimension {
                refuse(definition, path, "\(type.name) cannot be the type of a dimension", remedy)
                continue
            }
            types[dimension.name] = type
        }
        return types
    }

    /// Nil for what is no type, or none that a column can have.
    private func declaredType(_ text: String) async throws -> ExpressionType? {
        let type = try await session.attempt { () -> ExpressionType? in
            // Only what the server reads as a type, and as nothing more, goes into a statement.
            let oid = try await session.connection.query("SELECT to_regtype($1)::oid", [text])[0].decode(UInt32?.self)
            guard oid != nil else { return nil }
            try await session.connection.query("CREATE TEMPORARY TABLE daybook_type (value \(text)\n)")
            return try await ExpressionType.ofFirstColumn(of: "pg_temp.daybook_type", session)
        }
        return try? type.get()
    }

    private static let namesakesSQL = """
        SELECT quote_ident(n.nspname) || '.' || quote_ident(t.typname)
        FROM pg_type AS t
        JOIN pg_namespace AS n ON n.oid = t.typnamespace
        WHERE t.typname = ANY (ARRAY[$1, lower($1)]) AND t.typtype = 'e'
        ORDER BY 1
        LIMIT 1
        """

    private func remedyForUnknownType(_ type: String) async throws -> String {
        let namesake = try await session.connection.query(Self.namesakesSQL, [type]).first?.decode(String.self)
        if let namesake { return "Write its schema: \(namesake)." }
        return
            "Use integer, bigint, text, varchar(n), uuid, boolean, date, timestamp, timestamptz, or an enum "
            + "type with its schema."
    }
}
