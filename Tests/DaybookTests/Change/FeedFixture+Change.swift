import Testing

@testable import Daybook

extension FeedFixture {
    /// Puts other definitions in the folder and installs them.
    @discardableResult
    func change(
        to definitions: [String], renames: [String] = [], removals: [String] = []
    ) async throws -> [DefinitionPlan] {
        try declare(definitions)
        let permissions = DefinitionPermissions(
            renames: try renames.map { try #require(DefinitionPermissions.Rename($0)) }, removals: removals)
        let loaded = try DefinitionLoader.load(directory: directory)
        let rollups = try await DefinitionCatalog.resolve(loaded, on: connection, changing: permissions)
        let installer = Installer(on: connection)
        let changes = try await installer.changes(rollups, permissions: permissions)
        _ = try await installer.install(rollups, changes: changes)
        #expect(try await Installer(on: connection).plan(self.rollups()).isEmpty, "installing twice changes nothing")
        return changes
    }

    /// Whether the table holds exactly the rows of a query over the sources.
    func holds(_ columns: String, of truth: String) async throws -> Bool {
        try await count(
            """
            (
                WITH truth AS (\(truth)), kept AS (SELECT \(columns) FROM visits_daily)
                (TABLE truth EXCEPT ALL TABLE kept) UNION ALL (TABLE kept EXCEPT ALL TABLE truth)
            ) AS d
            """) == 0
    }
}
