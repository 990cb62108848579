import PostgresClient

/// Rollups that are kept beside the tables they are named for.
extension CatalogResolution {
    private static let installedSQL = """
        SELECT r.name, r.table_schema = '\(ShadowSchema.name)' FROM daybook.rollups AS r
        """

    /// Reads where the installed rollups have their tables.
    mutating func findPlaces() async throws {
        guard database.daybookOwner != nil, database.ownsDaybook else { return }
        let table = try await session.connection.query(
            "SELECT FROM pg_class WHERE relname = 'rollups' AND relnamespace = 'daybook'::regnamespace")
        guard !table.isEmpty else { return }
        for row in try await session.connection.query(Self.installedSQL) {
            let (name, isShadowed) = try row.decode(String.self, Bool.self)
            installedInShadow[name] = isShadowed
        }
    }

    func isShadowed(_ definition: RollupDefinition) -> Bool {
        let installed = installedInShadow[definition.table.description]
        return switch place {
        case .own: false
        case .besides(let names): names.contains(definition.table.description)
        case .shadow: installed ?? true
        case .asInstalled: installed ?? installedInShadow.values.contains(true)
        }
    }

    /// The shadow of a table: with the types that table has, as far as they would do, so that it can take over the rows.
    mutating func shadowCheck(
        _ definition: RollupDefinition, _ types: [String: ExpressionType]
    ) async throws -> ResolvedTable {
        let home = relations[definition.table]
        let name: QualifiedName
        if let home { name = home.name } else { name = try await newTable(definition) }
        let shadow = try await CatalogRelation.find(ShadowSchema.table(besides: name), session)
        var columns: [CatalogColumn] = []
        if let relation = shadow ?? home { columns = try await CatalogColumn.all(of: relation.oid, session) }
        if shadow == nil {
            let adoption = TableAdoption(
                definition: definition, table: name, columns: columns, indexes: [], partitionKey: [], types: types)
            let unfit = Set(
                (adoption.measureProblems + adoption.companionProblems + adoption.generatedProblems).compactMap(
                    \.path.last))
            columns.removeAll { unfit.contains($0.name) }
        }
        let measures = measures(of: definition, columns, types)
        let derived = try await derived(definition, measures, columns, table: name, mustFit: false)
        return ResolvedTable(
            name: ShadowSchema.table(besides: name), measures: measures, derived: derived, shadowed: name)
    }
}
