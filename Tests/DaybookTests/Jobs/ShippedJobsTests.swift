import PostgresClient
import Testing

@testable import Daybook

/// What the shipped jobs do to `scheduled_posts`.
@Suite("Shipped jobs", .timeLimit(.minutes(5)))
struct ShippedJobsTests {
    private func withPosts(_ script: String, _ body: (FeedFixture) async throws -> Void) async throws {
        try await FeedFixture.withJobs(FeedFixture.shippedJobs) { fixture async throws in
            try await fixture.run(script)
            try await body(fixture)
        }
    }

    private static let statuses = "SELECT id, status, attempts FROM scheduled_posts ORDER BY id"

    @Test func duePostsAreHandedOver() async throws {
        try await withPosts(
            """
            INSERT INTO scheduled_posts (user_id, subreddit, status, scheduled_for) VALUES
                (1, 'a', 'pending', now() - interval '1 minute'), (1, 'a', 'pending', now() + interval '1 hour'),
                (1, 'a', 'cancelled', now() - interval '1 minute'), (1, 'a', 'pending', now() - interval '2 minutes')
            """
        ) { fixture async throws in
            try await fixture.withSession { listener in
                try await listener.listen(to: ["scheduled_posts"]) { notifications in
                    #expect(try await fixture.byHand.run("process-scheduled-posts") == 2)
                    var ids: [String] = []
                    while ids.count < 2, let next = try await notifications.next(timeout: .seconds(60)) {
                        ids.append(next.payload)
                    }
                    #expect(ids == ["4", "1"])
                }
            }
            #expect(
                try await fixture.table(Self.statuses) == """
                    id | status     | attempts
                    1  | processing | 1
                    2  | pending    | 0
                    3  | cancelled  | 0
                    4  | processing | 1
                    """)
            #expect(try await fixture.byHand.run("process-scheduled-posts") == 0)
        }
    }

    @Test func tenAtATimeTheOldestFirstAndLockedOnesLater() async throws {
        try await withPosts(
            """
            INSERT INTO scheduled_posts (user_id, subreddit, scheduled_for)
            SELECT 1, 'a', now() - interval '1 hour' + n * interval '1 minute' FROM generate_series(1, 25) AS n
            """
        ) { fixture async throws in
            try await fixture.withSession { other in
                try await other.withTransaction { other in
                    try await other.query("SELECT FROM scheduled_posts WHERE id = 3 FOR UPDATE")
                    #expect(try await fixture.byHand.run("process-scheduled-posts") == 10)
                }
            }
            #expect(
                try await fixture.table(
                    "SELECT string_agg(id::text, ' ' ORDER BY id) AS ids FROM scheduled_posts WHERE status = 'processing'"
                )
                    == "ids\n1 2 4 5 6 7 8 9 10 11")
            for rows in [10, 5, 0] { #expect(try await fixture.byHand.run("process-scheduled-posts") == rows) }
        }
    }

    @Test func stuckPostsGetThreeAttempts() async throws {
        try await withPosts(
            """
            INSERT INTO scheduled_posts (user_id, subreddit, status, attempts, scheduled_for, updated_at) VALUES
                (1, 'a', 'processing', 1, now(), now() - interval '16 minutes'),
                (1, 'a', 'processing', 2, now(), now() - interval '1 day'),
                (1, 'a', 'processing', 3, now(), now() - interval '16 minutes'),
                (1, 'a', 'processing', 1, now(), now() - interval '14 minutes'),
                (1, 'a', 'completed', 1, now(), now() - interval '16 minutes')
            """
        ) { fixture async throws in
            #expect(try await fixture.byHand.run("check-stuck-jobs") == 3)
            #expect(
                try await fixture.table(Self.statuses) == """
                    id | status     | attempts
                    1  | pending    | 1
                    2  | pending    | 2
                    3  | failed     | 3
                    4  | processing | 1
                    5  | completed  | 1
                    """)
            #expect(try await fixture.byHand.run("check-stuck-jobs") == 0)
        }
    }

    @Test func oldPostsAreDeletedInBatches() async throws {
        try await withPosts(
            """
            CREATE TABLE deletions (n bigint, retention text);
            CREATE FUNCTION note_deletion() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                INSERT INTO deletions SELECT count(*), current_setting('daybook.retention', true) FROM gone; RETURN NULL;
            END $$;
            CREATE TRIGGER note AFTER DELETE ON scheduled_posts REFERENCING OLD TABLE AS gone
                FOR EACH STATEMENT EXECUTE FUNCTION note_deletion();
            INSERT INTO scheduled_posts (user_id, subreddit, status, scheduled_for, updated_at)
            SELECT 1, 'a', (ARRAY['completed', 'failed', 'cancelled'])[n % 3 + 1], now(), now() - interval '31 days'
            FROM generate_series(1, 2500) AS n;
            INSERT INTO scheduled_posts (user_id, subreddit, status, scheduled_for, updated_at) VALUES
                (1, 'a', 'pending', now(), now() - interval '31 days'),
                (1, 'a', 'processing', now(), now() - interval '31 days'),
                (1, 'a', 'completed', now(), now() - interval '29 days')
            """
        ) { fixture async throws in
            #expect(try await fixture.byHand.run("cleanup-old-posts") == 2500)
            #expect(try await fixture.count("scheduled_posts") == 3)
            #expect(
                try await fixture.table("SELECT * FROM deletions WHERE n > 0") == """
                    n    | retention
                    1000 | on
                    1000 | on
                    500  | on
                    """)
            #expect(
                try await fixture.table("SELECT job, scheduled_for, rows, outcome FROM daybook.job_runs")
                    == "job               | scheduled_for | rows | outcome\ncleanup-old-posts | ∅             | 2500 | done"
            )
        }
    }

    /// Where posts are the source of a rollup, it keeps what it counted.
    @Test func cleaningUpIsRetention() async throws {
        let yaml = """
            rollup: posts_daily
            dimensions:
              user_id: integer
            measures:
              posts: count
            events:
              post:
                source: scheduled_posts
                at: scheduled_for
                values:
                  user_id: user_id
            """
        try await withPosts("SELECT") { fixture async throws in
            try fixture.declare([Visits.yaml, yaml])
            try fixture.declareJobs(FeedFixture.shippedJobs)
            try await fixture.install()
            try await fixture.run(
                """
                INSERT INTO scheduled_posts (user_id, subreddit, status, scheduled_for, updated_at)
                SELECT n % 3, 'a', 'completed', '2024-05-01', now() - interval '31 days' FROM generate_series(1, 30) AS n
                """)
            try await fixture.withEngine { _ in
                try await fixture.settle()
                #expect(try await fixture.byHand.run("cleanup-old-posts") == 30)
                try await fixture.settle()
                #expect(try await fixture.count("posts_daily WHERE posts = 10") == 3)
            }
        }
    }

    @Test func aDatabaseWithoutTheTable() async throws {
        try await FeedFixture.with { fixture async throws in
            try fixture.declareJobs(FeedFixture.shippedJobs)
            for job in try JobFile.read(fixture.directory + "/jobs.yml") {
                let failure = await #expect(throws: JobFailure.self) { try await fixture.byHand.run(job.name) }
                #expect(failure?.description.contains("\"scheduled_posts\" does not exist") == true)
            }
            #expect(
                try await fixture.count("daybook.job_runs WHERE outcome = 'failed' AND error LIKE '%enabled: false%'")
                    == 3)
        }
    }

    @Test func byHand() async throws {
        let disabled = yearly(("a", "INSERT INTO trail (job) VALUES ('a')"), extra: "    enabled: false\n")
        try await FeedFixture.withJobs(disabled) { fixture async throws in
            #expect(try await fixture.byHand.run("a") == 1)
            let failure = await #expect(throws: JobFailure.self) { try await fixture.byHand.run("b") }
            #expect(failure?.description == "There is no job \"b\". Did you mean a? The jobs are a.")
            let jobs = try await fixture.byHand.list()
            #expect(jobs.map(\.name) == ["a"] && !jobs[0].isEnabled && jobs[0].nextRun == nil)
        }
    }

    @Test func theLatestRunsAreKept() async throws {
        try await FeedFixture.withJobs(yearly(("a", "SELECT 1"), ("b", "SELECT 1"))) { fixture async throws in
            try await fixture.run(
                """
                INSERT INTO daybook.job_runs (job, outcome, rows) SELECT 'a', 'done', n FROM generate_series(1, 150) AS n;
                INSERT INTO daybook.job_runs (job, outcome) VALUES ('b', 'done')
                """)
            #expect(try await fixture.byHand.run("a") == 1)
            #expect(
                try await fixture.table(
                    "SELECT job, count(*) AS n, max(rows) AS max FROM daybook.job_runs GROUP BY job ORDER BY job")
                    == "job | n   | max\na   | 100 | 150\nb   | 1   | 0")
        }
    }

    @Test func vacuum() async throws {
        let yaml = "jobs:\n  tidy:\n    schedule: \"@daily\"\n    built_in: vacuum-rollups\n"
        try await FeedFixture.withJobs(yaml) { fixture async throws in
            #expect(try await fixture.byHand.run("tidy") == 1)
            #expect(try await fixture.value("SELECT outcome FROM daybook.job_runs", as: String.self) == "done")
        }
    }
}
