import Daybook
import DaybookAlerts
import PostgresClient
import Testing

@Suite(.timeLimit(.minutes(2))) struct DailySummaryTests {
    static var summary: DailySummary {
        DailySummary(
            day: second(0).date, at: second(0),
            sections: [
                .init(
                    title: "A & B", isVerified: true,
                    totals: [.init(measure: "likes", value: 150, dayBefore: 100, weekBefore: nil)],
                    topMeasure: "likes", top: [("1 / <b>post</b>", "90")])
            ],
            notes: [])
    }

    @Test func text() {
        #expect(
            Self.summary.text == """
                Daybook, \(second(0).date)

                A & B
                  likes: 150, +50 % on the day before
                  Most likes:
                    90  1 / <b>post</b>

                Nothing was repaired or amended.
                """)
    }

    @Test func htmlIsEscaped() {
        let html = Self.summary.html
        #expect(html.contains("<h2>A &amp; B</h2>"))
        #expect(html.contains("<li>1 / &lt;b&gt;post&lt;/b&gt;: 90</li>"))
        #expect(html.contains("<td>+50 %</td><td>–</td>"))
    }

    @Test func readsAClosedDayOnce() async throws {
        try await AlertFixture.with { fixture in
            let connection = fixture.connection
            try await connection.execute(
                """
                INSERT INTO analytics_content_performance_daily
                    (day, user_id, content_id, platform, subreddit, primary_title, posts, total_views, unique_viewers,
                     social_views, likes, comments, shares)
                SELECT current_date - 1, u, 0, 'reddit', 'a', 'title', 1, u * 10, 0, 0, u, 0, 0
                FROM generate_series(1, 7) AS u;
                INSERT INTO daybook.seals (rollup, day, revision, state, verified, rows, totals, digest, sealed_at)
                SELECT id, current_date - d, 1, 'sealed', true, 7,
                    jsonb_build_object('count', 7, 'total_views', 140 * d, 'unique_viewers', 0, 'social_views', 0,
                        'likes', 28, 'comments', 0, 'shares', 0), 'x', now()
                FROM daybook.rollups, generate_series(1, 2) AS d WHERE name = 'analytics_content_performance_daily';
                INSERT INTO daybook.gaps (rollup, cause, state, repaired_at, keys_rebuilt)
                VALUES ('analytics_content_performance_daily', 'drift', 'repaired', now(), 3)
                """)
            let definitions = try DefinitionLoader.load(directory: fixture.directory).rollups
            let now = try await connection.query("SELECT now()")[0].decode(PostgresTimestamp.self)
            let summary = try #require(
                try await DailySummary.due(after: nil, of: definitions, on: connection, at: now))
            #expect(summary.message != nil)
            #expect(summary.text.contains("posts: 7, 0 % on the day before"))
            #expect(summary.text.contains("total_views: 140, -50 % on the day before"))
            #expect(summary.text.contains("    70  7 / 0 / reddit / a / title"))
            #expect(
                summary.notes == ["analytics_content_performance_daily: 1 gap repaired (drift), 3 keys replaced."])
            let again = try await DailySummary.due(after: "\(summary.day)", of: definitions, on: connection, at: now)
            #expect(again == nil)
            try await connection.execute(
                """
                INSERT INTO daybook.day_flushes (rollup, day, flush)
                SELECT id, current_date - 1, 1 FROM daybook.rollups WHERE name = 'analytics_ai_usage_daily'
                """)
            let waiting = try await DailySummary.due(
                after: "\(summary.day.advanced(by: -1))", of: definitions, on: connection, at: now)
            #expect(waiting == nil)
        }
    }
}
