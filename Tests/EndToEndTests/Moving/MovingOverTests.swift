import Foundation
import PostgresClient
import Testing

/// A team moves over from its cron jobs, command by command as the README tells.
@Suite("Moving over", .timeLimit(.minutes(10)))
struct MovingOverTests {
    private static let tables = ["analytics_ai_usage_daily", "analytics_content_performance_daily"]

    @Test func stepByStepAndBack() async throws {
        try await MovingWorld.with(hasCron: true) { world async throws in
            var before: [String] = []
            for table in Self.tables { before.append(try await world.digest(of: table)) }
            let early = try await world.daybook("shadow")
            #expect(early.code == 2 && early.errors.contains("not installed"))
            let installed = try await world.daybook("install", "--shadow")
            #expect(installed.code == 0, "\(installed.errors)")
            #expect(installed.output.contains("is kept in daybook_shadow.analytics_ai_usage_daily"))
            #expect(try await world.daybook("adopt").code == 2, "nothing is built")
            try await world.start()

            // Each morning.
            let report = try await world.daybook("shadow", "--days", "60")
            #expect(report.code == 1, "\(report.errors)")
            #expect(report.output.contains("estimate") && report.output.contains("not counted"), "\(report.output)")
            #expect(report.output.contains("Ours are what the sources say."))
            let json = try await world.daybook("shadow", "--days", "60", "--json").json
            #expect(json["equal"] as? Bool == false && json["ours_equal"] as? Bool == true)
            try await until("the nights are compared") {
                try await world.value("SELECT count(*) > 60 FROM daybook.shadow_days", as: Bool.self)
            }
            let morning = try await world.daybook("shadow")
            #expect(morning.code == 1 && morning.errors.isEmpty, "\(morning.errors)")
            #expect(try await world.daybook("shadow", "--zone", "Nowhere/Land", "--days", "1").code == 64)

            let adopted = try await world.daybook("adopt")
            #expect(adopted.code == 0, "\(adopted.errors)")
            #expect(adopted.output.contains("daybook_shadow.analytics_ai_usage_daily_before"))
            #expect(try await world.daybook("verify").code == 0)
            #expect(
                try await world.value(
                    "SELECT sum(comments) > 0 FROM analytics_content_performance_daily", as: Bool.self))
            try await world.connection.execute(
                "INSERT INTO content_generations (user_id, generation_type, created_at) VALUES (99, 'm', now())")
            try await until("the own table is live") {
                try await world.value(
                    "SELECT count(*) = 1 FROM analytics_ai_usage_daily WHERE user_id = 99", as: Bool.self)
            }
            #expect(try await world.value("SELECT sum(generations)::bigint FROM usage_of_all", as: Int.self) > 500)
            let served = try await LoopbackRequest(
                port: world.port, target: "/api/rollups/analytics_ai_usage_daily?user_id=99"
            ).send()
            #expect(served.text.contains("99"), "\(served.text)")
            #expect(try await world.daybook("shadow").code == 2, "there are no shadows any more")

            let back = try await world.daybook("adopt", "--back")
            #expect(back.code == 0, "\(back.errors)")
            for (table, digest) in zip(Self.tables.prefix(1), before) {
                #expect(try await world.digest(of: table) == digest)
            }
            #expect(
                try await world.value(
                    "SELECT sum(comments) = 0 FROM analytics_content_performance_daily", as: Bool.self))
            try await until("the shadow is live") {
                try await world.value(
                    "SELECT count(*) = 1 FROM daybook_shadow.analytics_ai_usage_daily WHERE user_id = 99", as: Bool.self
                )
            }
            #expect(try await world.daybook("adopt").code == 0)
        }
    }

    @Test func aTableThatIsRightExitsWithZero() async throws {
        try await MovingWorld.with(hasCron: true) { world async throws in
            #expect(try await world.daybook("install", "--shadow").code == 0)
            try await world.start()
            try await world.connection.execute(
                """
                TRUNCATE analytics_ai_usage_daily, analytics_content_performance_daily;
                INSERT INTO analytics_ai_usage_daily (user_id, day, generation_count, model_breakdown)
                SELECT user_id, day, generation_count, (SELECT jsonb_agg(x ORDER BY x) FROM jsonb_array_elements(model_breakdown) AS x)
                FROM daybook_shadow.analytics_ai_usage_daily;
                INSERT INTO analytics_content_performance_daily (user_id, content_id, platform, subreddit, primary_title, day,
                    total_views, unique_viewers, social_views, likes, comments, shares, engagement_rate)
                SELECT user_id, content_id, platform, subreddit, primary_title, day,
                    total_views, unique_viewers, social_views, likes, comments, shares, engagement_rate
                FROM daybook_shadow.analytics_content_performance_daily
                """)
            let report = try await world.daybook("shadow", "--start", "2025-01-01", "--end", "2025-12-31")
            #expect(report.code == 0, "\(report.output)\(report.errors)")
            #expect(report.output.contains("Equal: the cron jobs' tables are what the sources say."))
        }
    }
}
