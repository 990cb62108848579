package import PostgresClient

extension InstalledRollup {
    /// The installed rollups with their definitions, in the order of the files.
    ///
    /// - Throws: ``FeedError`` when the files say something else than what is installed, or nothing is.
    package static func match(
        _ definitions: LoadedDefinitions, on connection: PostgresConnection
    ) async throws -> [(rollup: Rollup, installed: InstalledRollup)] {
        let schema = try await connection.query("SELECT FROM pg_class WHERE oid = to_regclass('daybook.rollups')")
        guard !schema.isEmpty else { throw FeedError.notInstalled }
        let version = try await connection.query("SELECT version FROM daybook.cursor").first?.decode(Int32.self)
        if let version, version < FeedSchema.version {
            throw FeedError.olderVersion(installed: version, known: FeedSchema.version)
        }
        let installed = try await InstalledFeed.readRollups(on: connection)
        let rollups = try await DefinitionCatalog.resolve(definitions, on: connection)
        let orphans = installed.map(\.name).filter { name in !rollups.contains { $0.name == name } }
        guard orphans.isEmpty else { throw FeedError.definitionMissing(orphans) }
        var changed: [String] = []
        var matched: [(Rollup, InstalledRollup)] = []
        for rollup in rollups {
            if let found = installed.first(where: { $0.name == rollup.name }), found.definition == rollup.signature {
                matched.append((rollup, found))
            } else {
                changed.append(rollup.name)
            }
        }
        guard changed.isEmpty else { throw FeedError.definitionChanged(changed) }
        return matched
    }
}
