import Daybook
import PostgresClient
import PrivatePostgres

/// What it costs to repair a few keys of a day, against computing the day anew; and to compute a month, against the bare
/// statement that does the same. Each ratio is of runs that took turns.
struct RepairBenchmark {
    static let wrongKeys = [5, 50, 500]
    static let day = "2026-01-15"
    static let monthDays = 30

    /// Source rows of the day that is repaired, and of the whole month that is computed.
    let rows: Int
    let rounds: Int

    func run() async throws -> [Bound] {
        try await BenchmarkDatabase.withServer { server in
            try await measureRepair(on: BenchmarkDatabase.create("repair", on: server))
                + measureBackfill(on: BenchmarkDatabase.create("backfill", on: server))
        }
    }

    private func measureRepair(on database: BenchmarkDatabase) async throws -> [Bound] {
        try await fill(database, days: 1)
        try await database.install()
        return try await RunningEngine.with(database, seals: false) { _ in
            try await database.withConnection { connection in
                print("repair: a day of \(rows) source rows, each a key of its own, milliseconds")
                let heading = Self.wrongKeys.map { "\($0) wrong keys".right(17) }.joined()
                print("round" + "recomputed".right(13) + heading)
                var recomputed: [Double] = []
                var repaired = Self.wrongKeys.map { _ in [Double]() }
                for round in 1...rounds {
                    try await connection.execute("VACUUM ANALYZE \(BenchmarkDatabase.rollup)")
                    recomputed.append(try await time(.backfill, on: connection))
                    try await connection.execute("VACUUM \(BenchmarkDatabase.rollup)")
                    for (index, keys) in Self.wrongKeys.enumerated() {
                        try await spoil(keys, on: connection)
                        repaired[index].append(try await time(.repair, on: connection))
                    }
                    print(
                        "\(round)".right(5) + recomputed[round - 1].rounded(toPlaces: 0).right(13)
                            + repaired.map { $0[round - 1].rounded(toPlaces: 0).right(17) }.joined()
                    )
                }
                let comparison = try await RollupComparison.read(on: connection)
                guard comparison.different == 0 else { throw BenchmarkError("The repair left differences.") }
                let ratio = Distribution(zip(repaired[1], recomputed).map { $0.0 / $0.1 }).median
                return [
                    Bound(name: "repair of 50 keys / recomputing the day", value: ratio, requirement: .atMost(0.25))
                ]
            }
        }
    }

    /// Changes likes in so many rows, behind the daemon's back.
    private func spoil(_ keys: Int, on connection: PostgresConnection) async throws {
        let changed = try await connection.query(
            """
            WITH spoilt AS (
                UPDATE \(BenchmarkDatabase.rollup) SET likes = likes + 1
                WHERE ctid = ANY (ARRAY(SELECT ctid FROM \(BenchmarkDatabase.rollup) ORDER BY hashint4(user_id) LIMIT \(keys)))
                RETURNING 1
            ) SELECT count(*) FROM spoilt
            """
        )[0]
        guard try changed.decode(Int.self) == keys else { throw BenchmarkError("There are fewer than \(keys) keys.") }
    }

    /// From the request to its end, in milliseconds.
    private func time(_ kind: Request.Kind, on connection: PostgresConnection) async throws -> Double {
        guard let first = PostgresDate(Self.day) else { preconditionFailure("\(Self.day) is a day") }
        let last = kind == .backfill ? first.advanced(by: Self.monthDays - 1) : first
        let begun = ContinuousClock.now
        let request = try await Request.submit(kind, in: first...last, on: connection)
        while true {
            let progress = try await request.progress(on: connection)
            if let failure = progress.failure { throw BenchmarkError(failure) }
            if progress.isFinished { return begun.duration(to: .now).inMilliseconds }
            try await Task.sleep(for: .milliseconds(2))
        }
    }

    private func measureBackfill(on database: BenchmarkDatabase) async throws -> [Bound] {
        try await fill(database, days: Self.monthDays)
        try await database.install()
        return try await RunningEngine.with(database, seals: false) { _ in
            try await database.withConnection { connection in
                try await connection.execute("CREATE TABLE bare (LIKE \(BenchmarkDatabase.rollup) INCLUDING ALL)")
                print("back-fill: \(Self.monthDays) days of \(rows) source rows in all, milliseconds")
                print("round" + "bare".right(13) + "back-fill".right(13))
                var ratios: [Double] = []
                for round in 1...rounds {
                    try await connection.execute("TRUNCATE bare; TRUNCATE \(BenchmarkDatabase.rollup)")
                    let begun = ContinuousClock.now
                    try await connection.execute(Self.bareStatement)
                    let bare = begun.duration(to: .now).inMilliseconds
                    let filled = try await time(.backfill, on: connection)
                    print(
                        "\(round)".right(5) + bare.rounded(toPlaces: 0).right(13)
                            + filled.rounded(toPlaces: 0).right(13))
                    ratios.append(filled / bare)
                }
                let comparison = try await RollupComparison.read(on: connection)
                guard comparison.different == 0 else { throw BenchmarkError("The back-fill left differences.") }
                return [
                    Bound(
                        name: "back-fill of a month / bare INSERT … SELECT … GROUP BY",
                        value: Distribution(ratios).median,
                        requirement: .atMost(1.3)
                    )
                ]
            }
        }
    }

    private func fill(_ database: BenchmarkDatabase, days: Int) async throws {
        try await database.withConnection { connection in
            try await connection.execute(
                """
                INSERT INTO \(BenchmarkDatabase.source) (user_id, subreddit, title, occurred_at, views, upvotes, comment_count)
                SELECT i % 5000, 'subreddit' || i % 50, 'What we learned in week ' || i / 5000,
                    '\(Self.day)'::date + i % \(days) + interval '1 second' * (i % 86400), i % 1000, i % 100, i % 10
                FROM generate_series(1, \(rows)) AS i;
                ANALYZE \(BenchmarkDatabase.source)
                """
            )
        }
    }

    /// What somebody would write by hand.
    private static let bareStatement = """
        INSERT INTO bare (user_id, content_id, platform, subreddit, primary_title, day, posts, total_views, unique_viewers,
            social_views, likes, comments, shares, engagement_rate)
        SELECT user_id, 0, 'reddit', subreddit, coalesce(title, ''), (occurred_at AT TIME ZONE 'UTC')::date, count(*),
            sum(views), sum(views), sum(views), sum(upvotes), sum(coalesce(comment_count, 0)), 0,
            coalesce(round(100.0 * sum(upvotes) / nullif(sum(views), 0), 2), 0)
        FROM \(BenchmarkDatabase.source) WHERE success
            AND occurred_at BETWEEN '\(day)'::date AND '\(day)'::date + interval '\(monthDays) days'
        GROUP BY user_id, subreddit, coalesce(title, ''), (occurred_at AT TIME ZONE 'UTC')::date
        """
}
