import PostgresClient

/// The table of an installed rollup as it will be once `install` has renamed and released its columns.
struct TableTransition: Sendable {
    let installed: Rollup
    private let renamed: Rollup
    private let names: [String: String]

    init(_ installed: Rollup, renames: [String: String]) {
        self.installed = installed
        renamed = installed.renaming(renames)
        names = Dictionary(zip(installed.columnNames, renamed.columnNames)) { first, _ in first }
    }

    func rename(_ columns: inout [CatalogColumn]) {
        let present = Set(columns.map(\.name))
        for index in columns.indices {
            guard let name = names[columns[index].name], !present.contains(name) else { continue }
            columns[index].name = name
        }
    }

    /// Columns that the definition no longer names will take rows without a value; a key that is the rollup's no longer
    /// will be gone.
    /// - Parameter columns: under their new names.
    func prepare(_ columns: inout [CatalogColumn], _ indexes: inout [CatalogIndex], for definition: RollupDefinition) {
        let before = Set(renamed.columnNames)
        for index in columns.indices where before.contains(columns[index].name) { columns[index].fillsItself = true }
        for index in indexes.indices {
            indexes[index].columns = indexes[index].columns.map { column in column.map { names[$0] ?? $0 } }
        }
        guard changesKey(to: definition) else { return }
        let key = Set((renamed.dimensions.map(\.name) + ["day"]).map(Optional.some))
        indexes.removeAll { Set($0.columns) == key && !$0.isExclusion }
    }

    func changesKey(to definition: RollupDefinition) -> Bool {
        Set(definition.dimensions.map(\.name)) != Set(renamed.dimensions.map(\.name))
    }
}

extension CatalogResolution {
    /// Reads what is installed of the definitions' rollups.
    mutating func findInstalled(_ permissions: DefinitionPermissions) async throws {
        let known = try await session.connection.query("SELECT to_regclass('daybook.rollups') IS NOT NULL")[0]
        guard try known.decode(Bool.self) else { return }
        for installed in try await InstalledFeed.readRollups(on: session.connection) {
            guard let rollup = installed.declaration.flatMap(Rollup.init(declaration:)) else { continue }
            transitions[installed.name] = TableTransition(rollup, renames: permissions.renames(of: installed.name))
        }
    }
}
