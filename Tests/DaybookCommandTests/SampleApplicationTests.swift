import Foundation
import PrivatePostgres
import Testing

@testable import DaybookCommand

/// The application's schema, history and workload on a real server.
@Suite("The sample application", .timeLimit(.minutes(5)))
struct SampleApplicationTests {
    @Test("The fixture of the tests is the demo's schema")
    func fixture() throws {
        let tests = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        let fixture = try String(contentsOf: tests.appending(path: "Fixtures/application.sql"), encoding: .utf8)
        #expect(fixture == SampleApplication.schema)
    }

    @Test("The history has the posts it says, over the days it says, the same for the same seed")
    func history() async throws {
        try await PrivatePostgres.withCluster { cluster async throws in
            let digest = """
                SELECT md5(string_agg(o::text, ',' ORDER BY id)) FROM reddit_post_outcomes AS o
                UNION ALL SELECT md5(string_agg(c::text, ',' ORDER BY id)) FROM caption_variants AS c
                UNION ALL SELECT md5(string_agg(g::text, ',' ORDER BY id)) FROM content_generations AS g
                UNION ALL SELECT md5(string_agg(s.title, ',' ORDER BY id)) FROM scheduled_posts AS s
                """
            var digests: [String] = []
            for seed in [1, 1, 2] as [UInt64] {
                let name = try await cluster.createDatabase("history")
                let history = SampleWorkload.history(days: 10, posts: 3_000, seed: seed, until: "2025-03-20 12:00Z")
                _ = try await cluster.psql(SampleApplication.schema + script(history), database: name)
                digests.append(try await cluster.psql(digest, database: name))
                let facts = try await cluster.psql(
                    """
                    SELECT count(*), count(DISTINCT user_id), count(DISTINCT subreddit), count(DISTINCT occurred_at::date),
                           min(occurred_at) >= '2025-03-10 11:59Z' AND max(occurred_at) <= '2025-03-20 12:00Z',
                           count(*) FILTER (WHERE NOT success) BETWEEN 100 AND 300, count(scheduled_post_id),
                           max(views) > 100 * avg(views), bool_or(title IS NULL), bool_or(comment_count IS NULL)
                    FROM reddit_post_outcomes
                    """,
                    database: name)
                #expect(facts == "3000|40|25|11|t|t|1000|t|t|t\n")
                let rest = try await cluster.psql(
                    """
                    SELECT (SELECT count(*) FROM caption_variants), (SELECT count(*) FROM content_generations),
                           (SELECT count(*) FROM scheduled_posts), (SELECT bool_or(user_id IS NULL) FROM content_generations),
                           (SELECT bool_or(ranked_metadata IS NULL) FROM caption_variants)
                    """,
                    database: name)
                #expect(rest == "3000|1500|1000|t|t\n")
            }
            #expect(digests[0] == digests[1])
            #expect(digests[0] != digests[2])
        }
    }

    @Test("Three thousand transactions run without an error and do what their kinds say")
    func workload() async throws {
        try await PrivatePostgres.withCluster { cluster async throws in
            let history = SampleWorkload.history(days: 3, posts: 500, seed: 1)
            _ = try await cluster.psql(SampleApplication.schema + script(history))
            var workload = SampleWorkload(seed: 9, historyPosts: 500)
            let transactions = (0..<3_000).map { _ in workload.next() }
            _ = try await cluster.psql(transactions.map(\.script).joined())
            let facts = try await cluster.psql(
                """
                SELECT count(*) FILTER (WHERE reddit_post_id ~ '^t3_h[0-9]{1,3}$') BETWEEN 400 AND 499,
                       bool_or(NOT success AND failure_reason LIKE 'removed%'),
                       bool_or(scheduled_post_id IS NOT NULL AND reddit_post_id !~ '^t3_h[0-9]{1,3}$'),
                       bool_and(views >= 0 AND upvotes >= 0), bool_or(occurred_at < now() - interval '20 days')
                FROM reddit_post_outcomes
                """)
            #expect(facts == "t|t|t|t|t\n")
            let rolledBack = try #require(transactions.first { $0.rollsBack }?.statements[0].parameters[1])
            let count = "SELECT count(*) FROM reddit_post_outcomes WHERE reddit_post_id = '\(rolledBack)'"
            #expect(try await cluster.psql(count) == "0\n")
        }
    }

    private func script(_ statements: [SampleWorkload.Statement]) -> String {
        statements.map(\.script).joined()
    }
}
