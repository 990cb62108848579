import Daybook
import Foundation
import PostgresClient
import PrivatePostgres

/// A database of its own with the sample application's tables, on a server with production's settings.
struct BenchmarkDatabase: Sendable {
    static let source = "reddit_post_outcomes"
    static let rollup = "analytics_content_performance_daily"

    let connectionString: String

    var configuration: PostgresConfiguration { PostgresConfiguration(connectionString) }

    /// As production has it: every commit is on disk when it is answered. Checkpoints are kept out of the runs.
    static func withServer<Result: Sendable>(_ body: (PrivatePostgres) async throws -> Result) async throws -> Result {
        let settings = [
            "fsync": "on", "synchronous_commit": "on", "full_page_writes": "on", "shared_buffers": "256MB",
            "max_wal_size": "32GB", "min_wal_size": "1GB", "checkpoint_timeout": "1h",
        ]
        return try await PrivatePostgres.withCluster(settings: settings, body)
    }

    /// Makes the database; it goes with the server.
    static func create(_ name: String, on server: PrivatePostgres) async throws -> BenchmarkDatabase {
        let database = BenchmarkDatabase(
            connectionString: server.connectionString(database: try await server.createDatabase(name))
        )
        let script = try String(contentsOfFile: repository + "/Tests/Fixtures/application.sql", encoding: .utf8)
        try await database.withConnection { try await $0.execute(script) }
        return database
    }

    /// Installs the shipped definitions.
    func install() async throws {
        let definitions = try DefinitionLoader.load(directory: Self.eventsDirectory)
        try await withConnection { connection in
            let rollups = try await DefinitionCatalog.resolve(definitions, on: connection)
            _ = try await Installer(on: connection).install(rollups)
        }
    }

    func withConnection<Result: Sendable>(_ body: (PostgresConnection) async throws -> Result) async throws -> Result {
        try await PostgresConnection.withConnection(configuration, body)
    }

    /// Somebody takes every notification of a channel and does nothing with it, for the time of the body.
    func withListener<Result: Sendable>(
        on channel: String, _ body: @Sendable @escaping () async throws -> Result
    ) async throws -> Result {
        try await withThrowingTaskGroup(of: Result?.self) { group in
            let (listening, hasBegun) = AsyncStream<Void>.makeStream()
            group.addTask {
                defer { hasBegun.finish() }
                try await withConnection { connection in
                    try await connection.listen(to: [channel]) { notifications in
                        hasBegun.finish()
                        for try await _ in notifications {}
                    }
                }
                return nil
            }
            for await _ in listening {}
            group.addTask { try await body() }
            defer { group.cancelAll() }
            while let finished = try await group.next() {
                if let result = finished { return result }
            }
            throw BenchmarkError("The listener's connection ended.")
        }
    }

    static let eventsDirectory = repository + "/Events"

    private static let repository = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path
}
