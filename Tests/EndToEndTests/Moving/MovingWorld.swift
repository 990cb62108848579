import Daybook
import Foundation
import PostgresClient
import PrivatePostgres

/// The sample application as the old cron jobs have left it: sources, and the tables that they keep.
struct MovingWorld: Sendable {
    let connection: PostgresConnection
    let daemon: DaemonProcess
    let port: UInt16
    private let database: String
    private let folder: URL

    /// As a migration of those days would have made them.
    static let cronTables = """
        CREATE TABLE analytics_content_performance_daily (
            id serial PRIMARY KEY, user_id integer NOT NULL, content_id integer NOT NULL DEFAULT 0,
            platform varchar(50) NOT NULL, subreddit varchar(100) NOT NULL, primary_title text NOT NULL, day date NOT NULL,
            total_views integer NOT NULL DEFAULT 0, unique_viewers integer NOT NULL DEFAULT 0,
            social_views integer NOT NULL DEFAULT 0, likes integer NOT NULL DEFAULT 0, comments integer NOT NULL DEFAULT 0,
            shares integer NOT NULL DEFAULT 0, engagement_rate numeric(5, 2), created_at timestamptz DEFAULT now(),
            UNIQUE (user_id, content_id, platform, subreddit, primary_title, day)
        );
        CREATE TABLE analytics_ai_usage_daily (
            id serial PRIMARY KEY, user_id integer NOT NULL, day date NOT NULL, generation_count integer NOT NULL DEFAULT 0,
            model_breakdown jsonb, created_at timestamptz DEFAULT now(), UNIQUE (user_id, day)
        );
        CREATE VIEW usage_of_all AS SELECT day, sum(generation_count) AS generations FROM analytics_ai_usage_daily GROUP BY day;
        """

    /// What the jobs do: comments are not counted, and models are taken for 80 and 20 per cent.
    static let cronRun = """
        INSERT INTO analytics_content_performance_daily
            (user_id, platform, subreddit, primary_title, day, total_views, unique_viewers, social_views, likes, engagement_rate)
        SELECT user_id, 'reddit', subreddit, coalesce(title, ''), (occurred_at AT TIME ZONE 'UTC')::date, sum(views), sum(views),
            sum(views), sum(upvotes), coalesce(round(100.0 * sum(upvotes) / nullif(sum(views), 0), 2), 0)
        FROM reddit_post_outcomes WHERE success GROUP BY 1, 3, 4, 5;
        INSERT INTO analytics_ai_usage_daily (user_id, day, generation_count, model_breakdown)
        SELECT user_id, (created_at AT TIME ZONE 'UTC')::date, count(*), jsonb_build_array(
            jsonb_build_object('model', 'grok-4-fast', 'count', round(0.8 * count(*))),
            jsonb_build_object('model', 'openai-fallback', 'count', count(*) - round(0.8 * count(*))))
        FROM (SELECT user_id, created_at FROM content_generations WHERE user_id IS NOT NULL
            UNION ALL SELECT user_id, created_at FROM caption_variants) AS g GROUP BY 1, 2;
        """

    /// Three users' rows: the last 40 days, and October and January of 2025.
    static let history = """
        INSERT INTO reddit_post_outcomes (user_id, subreddit, title, occurred_at, success, views, upvotes, comment_count)
        SELECT 1 + i % 3, 'subreddit' || i % 5, 'Week ' || i % 11, t, i % 7 <> 0, 1000 + i * 37 % 900, 20 + i % 50, 1 + i % 9
        FROM (
            SELECT i, now() - i * interval '3 hours' AS t FROM generate_series(1, 320) AS i
            UNION ALL SELECT i, timestamptz '2025-10-20 00:00+00' + i * interval '2 hours' FROM generate_series(0, 95) AS i
            UNION ALL SELECT i, timestamptz '2025-01-01 00:00+00' + i * interval '7 hours' FROM generate_series(0, 99) AS i
        ) AS h;
        INSERT INTO content_generations (user_id, generation_type, created_at)
        SELECT 1 + user_id % 3, 'model-' || id % 4, occurred_at FROM reddit_post_outcomes;
        INSERT INTO caption_variants (user_id, ranked_metadata, created_at)
        SELECT 2, '{"model": "grok-4-fast"}', occurred_at FROM reddit_post_outcomes WHERE id % 3 = 0;
        """

    /// - Parameter hasCron: whether the old jobs have been at work.
    static func with(hasCron: Bool, _ body: (MovingWorld) async throws -> Void) async throws {
        try await SharedCluster.withDatabase("moving") { database in
            let folder = FileManager.default.temporaryDirectory.appending(path: "daybook-moving-\(UUID().uuidString)")
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            defer { try? FileManager.default.removeItem(at: folder) }
            let port = try FreePort.find()
            let leash = try Leash()
            let daemon = DaemonProcess(
                try DaybookExecutable.find(),
                arguments: [
                    "run", "--database-url", database, "--events", Fixtures.shippedEvents.path, "--snapshots",
                    folder.appending(path: "Snapshots").path, "--listen", "127.0.0.1:\(port)", "--flush-every", "50ms",
                ],
                logFile: folder.appending(path: "daemon.log"), leash: leash
            )
            try await PostgresConnection.withConnection(PostgresConfiguration(database)) { connection in
                let world = MovingWorld(
                    connection: connection, daemon: daemon, port: port, database: database, folder: folder)
                do {
                    try await connection.execute(String(contentsOf: Fixtures.schema[0], encoding: .utf8))
                    try await connection.execute(history)
                    if hasCron {
                        try await connection.execute(cronTables)
                        try await connection.execute(cronRun)
                    }
                    try await body(world)
                    try await daemon.end(SIGTERM)
                } catch {
                    _ = try? await daemon.end(SIGKILL)
                    throw error
                }
            }
        }
    }

    /// Runs a command on the world's database.
    func daybook(_ arguments: String...) async throws -> CommandRun { try await daybook(arguments) }

    func daybook(_ arguments: [String]) async throws -> CommandRun {
        try await CommandRun.run(
            arguments + [
                "--database-url", database, "--events", Fixtures.shippedEvents.path, "--snapshots",
                folder.appending(path: "Snapshots").path,
            ], in: folder)
    }

    /// Starts the daemon and waits until it leads and everything is built.
    func start() async throws {
        try daemon.start()
        try await until("the daemon has built everything") {
            guard daemon.isRunning else { throw BrowserError("The daemon has ended: \(try daemon.log())") }
            let health = try? await health()
            let isBuilt = try await value(
                "SELECT NOT EXISTS (SELECT FROM daybook.rollups WHERE state <> 'built')", as: Bool.self)
            return health?["ready"] as? Bool == true && isBuilt
        }
    }

    func health() async throws -> [String: Any] {
        let answer = try await LoopbackRequest(port: port, target: "/api/health").send()
        return try JSONSerialization.jsonObject(with: answer.body) as? [String: Any] ?? [:]
    }

    func value<Value: PostgresDecodable & Sendable>(_ sql: String, as type: Value.Type = Value.self) async throws
        -> Value
    {
        try await connection.query(sql)[0].decode(Value.self)
    }

    /// All of a table, serial numbers and times aside.
    func digest(of table: String) async throws -> String {
        try await value(
            "SELECT coalesce(md5(string_agg((to_jsonb(t) - '{id,created_at}'::text[])::text, '|' ORDER BY t::text COLLATE \"C\")), '') FROM \(table) AS t"
        )
    }
}
