import Daybook
import HTTPTypes
import PostgresClient
import Synchronization

/// The rollups that are served, resolved once and again when they change.
final class RollupCatalog: Sendable {
    private let database: PostgresConfiguration
    private let folder: DefinitionFolder
    private let known = Mutex<[ServedRollup]?>(nil)
    /// A thousand clients that come back at once must not open a thousand connections.
    private let resolving = SharedWork<[ServedRollup]>()

    init(database: PostgresConfiguration, definitions: DefinitionFolder) {
        self.database = database.with("application_name", "daybook reader")
        folder = definitions
    }

    /// All rollups, in the order of their files.
    /// - Throws: 503 when they are not installed as the files say.
    func rollups(_ pool: ReadPool) async throws -> [ServedRollup] {
        if let known = known.withLock(\.self) { return known }
        return try await resolving.value { try await self.resolve(pool) }
    }

    private func resolve(_ pool: ReadPool) async throws -> [ServedRollup] {
        if let known = known.withLock(\.self) { return known }
        let found = try await match()
        let served = try await pool.withConnection { connection in
            var served: [ServedRollup] = []
            for (rollup, installed) in found {
                served.append(
                    ServedRollup(
                        rollup: rollup, id: installed.id,
                        derivation: try await ServedRollup.probe(rollup, on: connection)
                    )
                )
            }
            return served
        }
        known.withLock { $0 = served }
        return served
    }

    /// On a connection of its own: names without a schema are looked up as the operator's session would, not under the
    /// fixed settings, and types are found by making temporary views.
    private func match() async throws -> [(rollup: Rollup, installed: InstalledRollup)] {
        try await PostgresConnection.withConnection(database) { connection in
            do {
                return try await folder.match(on: connection)
            } catch let error as FeedError {
                throw APIError.unavailable("not_ready", error.description)
            } catch let error as DefinitionError {
                throw APIError.unavailable("not_ready", "The definitions have mistakes: \(error)")
            }
        }
    }

    /// - Throws: 404 for a name that is none.
    func rollup(named name: String, _ pool: ReadPool) async throws -> ServedRollup {
        let rollups = try await rollups(pool)
        guard let rollup = rollups.first(where: { $0.rollup.name == name }) else {
            throw APIError(
                .notFound, "unknown_rollup",
                "There is no rollup of this name. There are: \(rollups.map(\.rollup.name).commaSeparated)."
            )
        }
        return rollup
    }

    /// The database says something else than what is known.
    func forget() {
        known.withLock { $0 = nil }
    }
}
