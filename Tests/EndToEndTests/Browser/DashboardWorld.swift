import Daybook
import Foundation
import PostgresClient
import PrivatePostgres

/// The sample application's database with the shipped rollups, and `daybook run` on it.
struct DashboardWorld: Sendable {
    let connection: PostgresConnection
    let daemon: DaemonProcess
    let port: UInt16
    private let database: String
    private let folder: URL
    private let leash: Leash

    static let content = "analytics_content_performance_daily"
    static let usage = "analytics_ai_usage_daily"

    /// - Parameter isFilled: whether the sources have rows from the start.
    static func with(isFilled: Bool = true, _ body: (DashboardWorld) async throws -> Void) async throws {
        try await SharedCluster.withDatabase("browser") { database in
            let folder = FileManager.default.temporaryDirectory.appending(path: "daybook-pages-\(UUID().uuidString)")
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            defer { try? FileManager.default.removeItem(at: folder) }
            let port = try FreePort.find()
            let leash = try Leash()
            let daemon = try Self.daemon("daemon", database, port, folder, leash)
            try await PostgresConnection.withConnection(PostgresConfiguration(database)) { connection in
                let world = DashboardWorld(
                    connection: connection, daemon: daemon, port: port, database: database, folder: folder, leash: leash
                )
                do {
                    try await world.prepare(isFilled: isFilled)
                    try await world.start()
                    try await body(world)
                    try await daemon.end(SIGTERM)
                } catch {
                    _ = try? await daemon.end(SIGKILL)
                    throw error
                }
            }
        }
    }

    private static func daemon(
        _ name: String, _ database: String, _ port: UInt16, _ folder: URL, _ leash: Leash
    ) throws -> DaemonProcess {
        DaemonProcess(
            try DaybookExecutable.find(),
            arguments: [
                "run", "--database-url", database, "--events", Fixtures.shippedEvents.path, "--snapshots",
                folder.appending(path: "Snapshots-\(name)").path, "--listen", "127.0.0.1:\(port)",
            ],
            logFile: folder.appending(path: "\(name).log"), leash: leash
        )
    }

    /// Runs a second daemon, which stands by, for the time of `body`.
    func withStandby(_ body: (DashboardWorld) async throws -> Void) async throws {
        let port = try FreePort.find()
        let daemon = try Self.daemon("standby", database, port, folder, leash)
        let world = DashboardWorld(
            connection: connection, daemon: daemon, port: port, database: database, folder: folder, leash: leash)
        do {
            try daemon.start()
            try await until("the second daemon stands by") { try await world.health()?["role"] as? String == "standby" }
            try await body(world)
            try await daemon.end(SIGTERM)
        } catch {
            _ = try? await daemon.end(SIGKILL)
            throw error
        }
    }

    /// Three users' rows of the last weeks.
    private func prepare(isFilled: Bool) async throws {
        try await connection.execute(String(contentsOf: Fixtures.schema[0], encoding: .utf8))
        let loaded = try DefinitionLoader.load(directory: Fixtures.shippedEvents.path)
        _ = try await Installer(on: connection).install(DefinitionCatalog.resolve(loaded, on: connection))
        guard isFilled else { return }
        try await connection.execute(
            """
            INSERT INTO reddit_post_outcomes (user_id, subreddit, title, occurred_at, success, views, upvotes, comment_count)
            SELECT 1 + i % 3, 'subreddit' || i % 5, 'What we learned in week ' || i % 11, now() - i * interval '5 hours',
                i % 7 <> 0, 1000 + i * 37 % 900, 20 + i % 50, i % 9
            FROM generate_series(0, 199) AS i;
            INSERT INTO content_generations (user_id, generation_type, created_at)
            SELECT 1 + i % 3, 'model-' || i % 4, now() - i * interval '3 hours' FROM generate_series(0, 299) AS i;
            INSERT INTO caption_variants (user_id, ranked_metadata, created_at)
            SELECT 2, '{"model": "grok-4-fast"}', now() - i * interval '1 day' FROM generate_series(0, 59) AS i;
            """)
    }

    /// Starts the daemon and waits until it leads and everything is built.
    func start() async throws {
        try daemon.start()
        try await until("the daemon is ready") {
            guard daemon.isRunning else { throw BrowserError("The daemon has ended: \(try daemon.log())") }
            let health = try await health()
            return health?["ready"] as? Bool == true && health?["role"] as? String == "leader"
                && health?["days_to_build"] as? Int == 0
        }
    }

    /// Nil while nobody answers.
    private func health() async throws -> [String: Any]? {
        let answer = try? await get("/api/health")
        return try answer.map { try JSONSerialization.jsonObject(with: $0.body) } as? [String: Any]
    }

    /// What the daemon answers to whoever runs no scripts.
    func get(_ target: String) async throws -> LoopbackRequest.Answer {
        try await LoopbackRequest(port: port, target: target).send()
    }

    func address(_ target: String = "/") -> String { "http://127.0.0.1:\(port)\(target)" }

    func commit(_ script: String) async throws { try await connection.execute(script) }

    /// One more post of a user's, today.
    func post(user: Int, views: Int, upvotes: Int = 3) async throws {
        try await commit(
            """
            INSERT INTO reddit_post_outcomes (user_id, subreddit, title, views, upvotes)
            VALUES (\(user), 'swift', 'Just now', \(views), \(upvotes))
            """)
    }

    /// The totals of the last days, by rollup and column, straight from the sources.
    func totals(days: Int, user: Int? = nil) async throws -> [String: [String: Double]] {
        let user = user.map { "user_id = \($0)" } ?? "true"
        let since = "date_trunc('day', now() AT TIME ZONE 'UTC') - interval '\(days - 1) days'"
        let content = try await connection.query(
            """
            SELECT count(*)::text, sum(views)::text, sum(upvotes)::text, sum(coalesce(comment_count, 0))::text,
                round(100.0 * sum(upvotes) / nullif(sum(views), 0), 2)::text
            FROM reddit_post_outcomes WHERE success AND \(user) AND (occurred_at AT TIME ZONE 'UTC') >= \(since)
            """)[0]
        let usage = try await connection.query(
            """
            SELECT ((SELECT count(*) FROM content_generations
                    WHERE \(user) AND user_id IS NOT NULL AND (created_at AT TIME ZONE 'UTC') >= \(since))
                + (SELECT count(*) FROM caption_variants
                    WHERE \(user) AND (created_at AT TIME ZONE 'UTC') >= \(since)))::text
            """)[0]
        func number(_ row: PostgresRow, _ index: Int) throws -> Double {
            Double(try row.decode(String?.self, at: index) ?? "0") ?? .nan
        }
        return [
            Self.content: [
                "posts": try number(content, 0), "total_views": try number(content, 1),
                "unique_viewers": try number(content, 1), "social_views": try number(content, 1),
                "likes": try number(content, 2), "comments": try number(content, 3), "shares": 0,
                "engagement_rate": try number(content, 4),
            ],
            Self.usage: ["generation_count": try number(usage, 0)],
        ]
    }
}

extension Fixtures {
    static let shippedEvents = schema[0].deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "Events")
}
