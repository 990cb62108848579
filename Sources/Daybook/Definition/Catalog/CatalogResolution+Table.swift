import PostgresClient

/// What a rollup's table is or will be.
struct ResolvedTable {
    var name: QualifiedName
    var measures: [Rollup.Measure]
    var derived: [Rollup.Derived]
    /// Beside which the table stands.
    var shadowed: QualifiedName?
}

extension CatalogResolution {
    /// The rollup table: adopted where it exists, otherwise to be created.
    mutating func tableCheck(
        _ definition: RollupDefinition, _ types: [String: ExpressionType]
    ) async throws -> ResolvedTable {
        if isShadowed(definition) { return try await shadowCheck(definition, types) }
        var columns: [CatalogColumn] = []
        let name: QualifiedName
        if let relation = relations[definition.table] {
            name = relation.name
            if let refusal = TableRefusal(relation) {
                refuse(definition, ["rollup"], refusal.message, refusal.remedy)
            } else {
                columns = try await CatalogColumn.all(of: relation.oid, session)
                if let transition = transitions[definition.table.description] { transition.rename(&columns) }
                try await checkAdoption(of: relation, columns, by: definition, types)
            }
        } else {
            name = try await newTable(definition)
        }
        let measures = measures(of: definition, columns, types)
        return ResolvedTable(
            name: name, measures: measures, derived: try await derived(definition, measures, columns, table: name))
    }

    /// The measures with the types of the columns that there are.
    func measures(
        of definition: RollupDefinition, _ columns: [CatalogColumn], _ types: [String: ExpressionType]
    ) -> [Rollup.Measure] {
        definition.measures.map { measure in
            Rollup.Measure(
                name: measure.name, kind: measure.kind,
                type: columns.first { $0.name == measure.name }?.typeName ?? types[measure.name]?.name
                    ?? measure.kind.typeOfNewColumn)
        }
    }

    private static let schemaSQL = """
        SELECT has_schema_privilege(oid, 'CREATE'), has_schema_privilege(oid, 'USAGE')
        FROM pg_namespace
        WHERE nspname = $1
        """

    mutating func newTable(_ definition: RollupDefinition) async throws -> QualifiedName {
        guard let schema = definition.table.schema ?? database.currentSchema else {
            refuse(
                definition, ["rollup"], "no schema of the search path exists, so there is none to create the table in",
                "Write the schema: schema.\(definition.table.name).")
            return definition.table
        }
        if schema == "daybook" || schema == ShadowSchema.name || schema == "information_schema"
            || schema.hasPrefix("pg_")
        {
            refuse(
                definition, ["rollup"], "the schema \"\(schema)\" is not for rollup tables",
                "Write another schema, for example public.\(definition.table.name).")
        } else if let row = try await session.connection.query(Self.schemaSQL, [schema]).first {
            if try row.decode(Bool.self, Bool.self) != (true, true) {
                refuse(
                    definition, ["rollup"],
                    "the role \"\(database.role)\" may not create tables in the schema \"\(schema)\"",
                    "As the schema's owner: GRANT USAGE, CREATE ON SCHEMA \(schema.quotedIdentifier) TO "
                        + "\(database.role.quotedIdentifier);"
                )
            }
        } else {
            refuse(
                definition, ["rollup"], "the schema \"\(schema)\" does not exist",
                "Create it: CREATE SCHEMA \(schema.quotedIdentifier);")
        }
        return QualifiedName(schema: schema, name: definition.table.name)
    }

    /// The derived columns, compiled over the measures.
    /// - Parameter mustFit: whether an existing column that takes no value of the expression is a problem; otherwise it is
    ///   passed over.
    mutating func derived(
        _ definition: RollupDefinition, _ measures: [Rollup.Measure], _ columns: [CatalogColumn],
        table: QualifiedName, mustFit: Bool = true
    ) async throws -> [Rollup.Derived] {
        guard !definition.derived.isEmpty else { return [] }
        let scope = ExpressionRefusal.Scope(name: "the measures", columns: measures.flatMap(\.columns).map(\.name))
        let opening = try await ExpressionProbe.open(
            named: table.name,
            columns: measures.flatMap(\.columns).map { ($0.name, "\($0.name.quotedIdentifier) \($0.type)") },
            session)
        guard case .success(let probe) = opening else {
            if case .failure(let error) = opening {
                refuse(
                    definition, ["derived"], "the expressions cannot be checked: \(error.message)",
                    "Connect afresh, without temporary tables.")
            }
            return []
        }
        var derived: [Rollup.Derived] = []
        for column in definition.derived {
            let path = ["derived", column.name]
            switch try await probe.type(of: column.expression) {
            case .failure(let error):
                refuse(definition, path, error, expression: column.expression, scope: scope)
            case .success(let type):
                var existing = columns.first { $0.name == column.name }?.typeName
                if let taken = existing, case .failure = try await probe.assign(column.expression, to: taken) {
                    existing = nil
                    if mustFit {
                        refuse(
                            definition, path,
                            "the expression is \(type.name), but the column of the existing table is \(taken)",
                            "Cast it: (…)::\(taken).")
                    }
                }
                derived.append(
                    Rollup.Derived(name: column.name, expression: column.expression, type: existing ?? type.name))
            }
        }
        try await probe.close()
        return derived
    }
}

extension RollupDefinition.Measure.Kind {
    /// What `install` gives a column that it adds.
    var typeOfNewColumn: String {
        switch self {
        case .count, .sum: "bigint"
        case .decimalSum(let format): "numeric(\(DecimalFormat.largestPrecision),\(format.scale))"
        case .min(let type), .max(let type): type.description
        case .first(let type), .last(let type): type
        case .distinct: "bigint"
        case .countBy: "jsonb"
        }
    }
}
