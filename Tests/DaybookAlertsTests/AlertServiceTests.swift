import Daybook
import DaybookAlerts
import PostgresClient
import Testing

@Suite(.timeLimit(.minutes(3))) struct AlertServiceTests {
    /// The README's example, which holds the two queries that operators asked for.
    static func readmeAlerts() throws -> AlertDefinitions {
        let section = try AlertFixture.readme(from: "## Alerts", to: "## Operate it")
        let yaml = section.split(separator: "```yaml\n").dropFirst().first?.split(separator: "```").first ?? ""
        return try AlertFile.parse(String(yaml), file: "README.md") { $0.hasSuffix("URL") ? "https://x.example" : "x" }
    }

    func findings(_ rule: String, _ fixture: AlertFixture) async throws -> [AlertFinding] {
        let found = try #require(try Self.readmeAlerts().rules.first { $0.name == rule })
        guard case .sql(let query, let timeout) = found.condition else { return [] }
        return try await SQLCondition(query, timeout: timeout).findings(on: fixture.connection)
    }

    @Test func likesBelowHalfOfTheMedian() async throws {
        try await AlertFixture.with { fixture in
            // At midnight, so that every hour of today has them behind it.
            try await fixture.connection.execute(
                """
                INSERT INTO reddit_post_outcomes (user_id, subreddit, occurred_at, upvotes)
                SELECT 1, 'a', (date_trunc('day', now() AT TIME ZONE 'UTC') - d * interval '1 day') AT TIME ZONE 'UTC', 100
                FROM generate_series(1, 28) AS d;
                INSERT INTO analytics_content_performance_daily
                    (day, user_id, content_id, platform, subreddit, primary_title, posts, total_views, unique_viewers,
                     social_views, likes, comments, shares)
                VALUES ((now() AT TIME ZONE 'UTC')::date, 1, 0, 'reddit', 'a', '', 1, 0, 0, 0, 49, 0, 0)
                """)
            #expect(
                try await findings("few-likes", fixture) == [AlertFinding("likes of the day", "likes: 49, median: 100")]
            )
            try await fixture.connection.execute("UPDATE analytics_content_performance_daily SET likes = 50")
            #expect(try await findings("few-likes", fixture).isEmpty)
        }
    }

    @Test func noGenerationForTwoHours() async throws {
        try await AlertFixture.with { fixture in
            #expect(try await findings("no-generation", fixture).map(\.subject) == ["generations"])
            try await fixture.connection.execute(
                "INSERT INTO caption_variants (user_id, created_at) VALUES (1, now() - interval '3 hours')")
            #expect(try await findings("no-generation", fixture).map(\.subject) == ["generations"])
            try await fixture.connection.execute(
                "INSERT INTO content_generations (user_id, generation_type) VALUES (1, 'image')")
            #expect(try await findings("no-generation", fixture).isEmpty)
        }
    }

    @Test func aQueryCannotWriteAndMustNotTakeForever() async throws {
        try await AlertFixture.with { fixture in
            let writing = SQLCondition("SELECT nextval('daybook.rollup_ids')", timeout: .seconds(10))
            let slow = SQLCondition("SELECT pg_sleep(3600)", timeout: .milliseconds(20))
            for (condition, state) in [(writing, "25006"), (slow, "57014")] {
                let error = await #expect(throws: PostgresError.self) {
                    try await condition.findings(on: fixture.connection)
                }
                #expect(error?.sqlState == state)
            }
            let many = SQLCondition(
                "SELECT g, repeat('x', 1000) AS x FROM generate_series(1, 500) AS g", timeout: .seconds(10))
            let found = try await many.findings(on: fixture.connection)
            #expect(found.count == 101)
            #expect(found.first?.detail.count == 203)
        }
    }

    /// Fires, and is taken back, through a leader and a webhook; told once although it is looked at many times.
    @Test func aRuleFiresAndResolves() async throws {
        try await AlertFixture.with { fixture in
            try await fixture.connection.execute("CREATE TABLE wrong (what text, n integer)")
            try await fixture.connection.execute("INSERT INTO wrong VALUES ('stock', 3)")
            try fixture.declareAlerts(
                """
                channels:
                  hook:
                    kind: webhook
                    url: ${HOOK}
                rules:
                  wrong:
                    sql: SELECT what, n FROM wrong
                """)
            try await LoopbackHTTP.with { server, base in
                try await fixture.withAlerts(hook: base) {
                    let fired = await server.next()
                    #expect(fired.first?.body.contains("\"kind\":\"firing\"") == true)
                    #expect(fired.first?.body.contains("stock: n: 3") == true)
                    try await fixture.connection.execute("DELETE FROM wrong")
                    let resolved = await server.next()
                    #expect(resolved.first?.body.contains("\"kind\":\"resolved\"") == true)
                }
                #expect(server.received.count == 2)
            }
        }
    }

    /// The next leader knows what has been told.
    @Test func aRestartTellsNothingTwice() async throws {
        try await AlertFixture.with { fixture in
            try await fixture.connection.execute("CREATE TABLE wrong (what text); INSERT INTO wrong VALUES ('stock')")
            try fixture.declareAlerts(
                "channels: {hook: {kind: webhook, url: \"${HOOK}\"}}\nrules: {wrong: {sql: SELECT what FROM wrong}}")
            try await LoopbackHTTP.with { server, base in
                try await fixture.withAlerts(hook: base) { _ = await server.next() }
                try await fixture.withAlerts(hook: base) {
                    try await fixture.connection.execute("DELETE FROM wrong")
                    #expect(await server.next().first?.body.contains("\"kind\":\"resolved\"") == true)
                }
                #expect(server.received.count == 2)
            }
        }
    }
}
