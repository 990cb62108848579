import PostgresClient

extension CatalogResolution {
    /// The declared types, by dimension and by measure that keeps a value; those that do not exist, cannot be keys, or
    /// do not come back from their text, are left out and become problems.
    mutating func declaredTypes(_ definition: RollupDefinition) async throws -> [String: ExpressionType] {
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
        for measure in definition.measures {
            if let type = try await declaredType(of: measure, definition) { types[measure.name] = type }
        }
        return types
    }

    /// Of a measure that keeps the first or the last value.
    private mutating func declaredType(
        of measure: RollupDefinition.Measure, _ definition: RollupDefinition
    ) async throws -> ExpressionType? {
        let text: String
        switch measure.kind {
        case .first(let type), .last(let type): text = type
        default: return nil
        }
        let path = ["measures", measure.name]
        guard let type = try await declaredType(text) else {
            refuse(definition, path, "the type \"\(text)\" does not exist", try await remedyForUnknownType(text))
            return nil
        }
        guard !type.isDomain, type.oid == ExpressionType.OID.numeric || type.remedyAsDimension == nil else {
            refuse(
                definition, path, "\(type.name) cannot be the type of a measure that keeps a value",
                "Cast it to text in the expression and declare the measure as text.")
            return nil
        }
        return type
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
