import Foundation
import PostgresClient
import Testing

/// What the old system's page told people to do, done with the new one.
@Suite("What the old system had", .timeLimit(.minutes(10)))
struct OldSystemTests {
    private static let content = "analytics_content_performance_daily"
    private static let usage = "analytics_ai_usage_daily"

    /// "No data in analytics tables", health, "check data", the breakdown's format, comments, models, totals in the log.
    @Test func tablesFillByThemselvesAfterDeployment() async throws {
        try await MovingWorld.with(hasCron: false) { world async throws in
            #expect(try await world.daybook("install").code == 0)
            #expect(try await world.value("SELECT count(*) FROM \(Self.usage)", as: Int.self) == 0)
            try await world.start()
            #expect(try await world.value("SELECT count(*) > 100 FROM \(Self.usage)", as: Bool.self))

            let jobs = try await world.health()["jobs"] as? [[String: Any]] ?? []
            let names = Set(jobs.compactMap { $0["name"] as? String })
            #expect(names.isSuperset(of: ["aggregate-daily-analytics", "update-current-day-analytics"]), "\(names)")

            let content = try await world.connection.query("SELECT * FROM \(Self.content) ORDER BY day DESC LIMIT 10")
            let usage = try await world.connection.query("SELECT * FROM \(Self.usage) ORDER BY day DESC LIMIT 10")
            #expect(content.count == 10 && usage.count == 10)
            #expect(
                Set(content.columns.map(\.name)).isSuperset(of: [
                    "user_id", "content_id", "day", "platform", "subreddit", "primary_title", "total_views",
                    "unique_viewers", "social_views", "likes", "comments", "shares", "engagement_rate",
                ]))
            #expect(
                Set(usage.columns.map(\.name)).isSuperset(of: ["user_id", "day", "generation_count", "model_breakdown"])
            )

            let recorded: Bool = try await world.value(
                """
                SELECT (SELECT sum(comments) FROM \(Self.content))
                        = (SELECT sum(coalesce(comment_count, 0)) FROM reddit_post_outcomes WHERE success)
                    AND (SELECT sum((x ->> 'count')::bigint) FROM \(Self.usage), jsonb_array_elements(model_breakdown) AS x
                            WHERE x ->> 'model' = 'grok-4-fast') = (SELECT count(*) FROM caption_variants)
                    AND (SELECT count(DISTINCT x ->> 'model') FROM \(Self.usage), jsonb_array_elements(model_breakdown) AS x) = 5
                    AND (SELECT bool_and(x - '{model,count}'::text[] = '{}') FROM \(Self.usage), jsonb_array_elements(model_breakdown) AS x)
                """)
            #expect(recorded, "comments and models are what was recorded")

            try await until("the days are sealed") {
                try await world.value(
                    "SELECT count(*) > 60 FROM daybook.seals AS s JOIN daybook.rollups AS r ON r.id = s.rollup WHERE r.name = '\(Self.usage)'",
                    as: Bool.self)
            }
            let totals: Bool = try await world.value(
                """
                SELECT bool_and(s.rows = u.users AND (s.totals ->> 'count')::bigint = u.generations)
                FROM daybook.seals AS s JOIN daybook.rollups AS r ON r.id = s.rollup AND r.name = '\(Self.usage)'
                JOIN (SELECT day, count(*) AS users, sum(generation_count) AS generations FROM \(Self.usage) GROUP BY day) AS u
                    ON u.day = s.day
                """)
            #expect(totals, "a seal has users processed and total generations")
            #expect(try world.daemon.log().contains("days sealed"))
        }
    }

    /// Back-fill usage, "gaps in data", "duplicate records".
    @Test func backfillsAsTheyWereUsed() async throws {
        try await MovingWorld.with(hasCron: false) { world async throws in
            #expect(try await world.daybook("install").code == 0)
            try await world.start()
            // A seal mends what it finds; afterwards nobody looks until told to.
            try await until("all ended days are sealed") {
                try await world.value(
                    """
                    SELECT NOT EXISTS (
                        SELECT FROM daybook.day_flushes AS d
                        WHERE d.day < (clock_timestamp() AT TIME ZONE 'UTC')::date - 1 AND NOT EXISTS (
                            SELECT FROM daybook.seals AS s WHERE s.rollup = d.rollup AND s.day = d.day))
                    """, as: Bool.self)
            }
            let digests = (try await world.digest(of: Self.usage), try await world.digest(of: Self.content))
            let today: String = try await world.value("SELECT ((clock_timestamp() AT TIME ZONE 'UTC')::date)::text")
            try await world.connection.execute(
                """
                DELETE FROM \(Self.usage) WHERE day BETWEEN '2025-10-22' AND '2025-10-24';
                DELETE FROM \(Self.content) WHERE day > (clock_timestamp() AT TIME ZONE 'UTC')::date - 20
                    AND day < (clock_timestamp() AT TIME ZONE 'UTC')::date - 2
                """)
            let gap = try await world.daybook("verify", "--start", "2025-10-20", "--end", "2025-10-27")
            #expect(gap.code == 1)
            #expect(try await world.daybook("repair", "--start", "2025-10-20", "--end", "2025-10-27").code == 0)
            #expect(try await world.digest(of: Self.usage) == digests.0)
            for arguments in [
                ["--days", "7"], ["--days", "30"], ["--start", "2025-01-01", "--end", "2025-01-31"],
                ["--start", "2025-10-20", "--end", "2025-10-27"], ["--days", "30"], ["--start", today, "--end", today],
            ] {
                let run = try await world.daybook(["backfill"] + arguments)
                #expect(run.code == 0 && run.output.contains("days computed anew"), "\(arguments): \(run.errors)")
            }
            #expect(try await world.digest(of: Self.usage) == digests.0)
            #expect(try await world.digest(of: Self.content) == digests.1)
            #expect(
                try await world.value(
                    "SELECT count(*) FROM (SELECT FROM \(Self.usage) GROUP BY user_id, day HAVING count(*) > 1) AS twice",
                    as: Int.self)
                    == 0)
            #expect(try await world.daybook("verify").code == 0)
        }
    }
}
