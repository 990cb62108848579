import Foundation
import PostgresClient
import Testing

@testable import Daybook

/// What an audit finds, and that it finds nothing where nothing is wrong.
struct AuditQueryTests {
    private static let rows = """
        INSERT INTO reddit_post_outcomes (user_id, subreddit, title, occurred_at, success, views, upvotes, comment_count)
        SELECT i % 3, 'r' || i % 2, CASE WHEN i % 5 > 0 THEN 't' || i % 4 END, '2024-05-01'::timestamptz + i * interval '5 hours',
            i % 7 > 0, i * 3, i, CASE WHEN i % 2 = 0 THEN i END FROM generate_series(1, 60) AS i;
        INSERT INTO caption_variants (user_id, ranked_metadata, created_at)
        SELECT i % 2, CASE i % 4 WHEN 0 THEN NULL WHEN 1 THEN '{"model": "a"}' WHEN 2 THEN '{"model": null, "provider": "p"}'
            ELSE '{"model": "b"}' END::jsonb, '2024-05-01'::timestamptz + i * interval '5 hours' FROM generate_series(1, 60) AS i;
        """

    private func withBuiltApplication(_ body: (FeedFixture) async throws -> Void) async throws {
        let definitions = try ["ai-usage", "content-performance"].map { name in
            try String(contentsOfFile: "\(ShippedDefinitionsTests.directory)/\(name).yml", encoding: .utf8)
        }
        try await FeedFixture.with(CatalogFixture.application + Self.rows, definitions) { fixture in
            try await fixture.withEngine { _ in try await fixture.settle() }
            try await body(fixture)
        }
    }

    /// `rollup day: different keys`, one line for each day that differs.
    private func drift(_ fixture: FeedFixture) async throws -> [String] {
        try await fixture.withSession { session in
            let definitions = try DefinitionLoader.load(directory: fixture.directory)
            return try await Auditor(on: session).audit(definitions).flatMap { finding in
                finding.days.filter { $0.different > 0 }.map { "\(finding.rollup) \($0.day): \($0.different)" }
            }
        }
    }

    private static let content = "analytics_content_performance_daily"
    private static let usage = "analytics_ai_usage_daily"

    /// Each breaks one key of one rollup, on a day on which both have rows; `$row` is a row of that day.
    private static let changes: [(rollup: String, change: String)] = [
        (content, "UPDATE \(content) SET likes = likes + 1 WHERE ctid = $row"),
        (content, "UPDATE \(content) SET shares = 1 WHERE ctid = $row"),
        (content, "UPDATE \(content) SET posts = posts + 1 WHERE ctid = $row"),
        (content, "UPDATE \(content) SET engagement_rate = engagement_rate + 0.01 WHERE ctid = $row"),
        (content, "UPDATE \(content) SET engagement_rate = NULL WHERE ctid = $row"),
        (content, "DELETE FROM \(content) WHERE ctid = $row"),
        (
            content,
            "INSERT INTO \(content) (user_id, content_id, platform, subreddit, primary_title, day, posts) VALUES (9, 0, '', '', '', '2024-05-03', 1)"
        ),
        (usage, "UPDATE \(usage) SET generation_count = generation_count + 1 WHERE ctid = $row"),
        (usage, "UPDATE \(usage) SET model_breakdown = '[]' WHERE ctid = $row"),
        (
            usage,
            "UPDATE \(usage) SET model_breakdown = (SELECT jsonb_agg(x) FROM (SELECT jsonb_build_object('model', e->>'model', 'count', 1) AS x FROM jsonb_array_elements(model_breakdown) AS e, generate_series(1, (e->>'count')::integer)) AS y) || '[{\"model\": \"zz\", \"count\": 1}, {\"model\": \"zz\", \"count\": -1}]' WHERE ctid = $row"
        ),
        (usage, "UPDATE \(usage) SET model_breakdown = '{}' WHERE ctid = $row"),
        (
            usage,
            "UPDATE \(usage) SET model_breakdown = model_breakdown || '[{\"model\": \"zz\", \"count\": 0}]' WHERE ctid = $row"
        ),
        (
            usage,
            "UPDATE \(usage) SET model_breakdown = jsonb_set(model_breakdown, '{0,model}', '\"zz\"') WHERE ctid = $row"
        ),
        (
            usage,
            "UPDATE \(usage) SET model_breakdown = (SELECT jsonb_agg(x ORDER BY o DESC) FROM jsonb_array_elements(model_breakdown) WITH ORDINALITY AS e(x, o)) WHERE ctid = $row"
        ),
        (usage, "DELETE FROM \(usage) WHERE ctid = $row"),
        (usage, "INSERT INTO \(usage) (user_id, day, generation_count) VALUES (99, '2024-05-03', 0)"),
        (usage, "INSERT INTO caption_variants (user_id, created_at) VALUES (0, '2024-05-03')"),
    ]

    @Test func findsEveryKindOfDifference() async throws {
        try await withBuiltApplication { fixture in
            #expect(try await drift(fixture) == [])
            let tables = [Self.content, Self.usage, "caption_variants"]
            for table in tables { try await fixture.run("CREATE TABLE saved_\(table) AS TABLE \(table)") }
            for (rollup, change) in Self.changes {
                let row = try await fixture.value(
                    """
                    SELECT ctid::text FROM \(rollup) WHERE day = '2024-05-03'
                    \(rollup == Self.usage ? "ORDER BY jsonb_array_length(model_breakdown) DESC" : "") LIMIT 1
                    """, as: String.self)
                try await fixture.run(
                    "SET session_replication_role = replica; ALTER TABLE caption_variants DISABLE TRIGGER ALL")
                try await fixture.run(change.replacing("$row", with: "'\(row)'"))
                #expect(try await drift(fixture) == ["\(rollup) 2024-05-03: 1"], "\(change)")
                for table in tables {
                    try await fixture.run("DELETE FROM \(table); INSERT INTO \(table) SELECT * FROM saved_\(table)")
                }
            }
            #expect(try await drift(fixture) == [])
        }
    }

    /// Sums that cancel out between keys are still found: each key is compared.
    @Test func differencesThatCancelOutAreFound() async throws {
        try await withBuiltApplication { fixture in
            try await fixture.run(
                """
                UPDATE \(Self.content) SET likes = likes + CASE WHEN n = 1 THEN 1 ELSE -1 END
                FROM (SELECT ctid AS row, row_number() OVER () AS n FROM \(Self.content) WHERE day = '2024-05-03' LIMIT 2) AS r
                WHERE ctid = r.row
                """)
            #expect(try await drift(fixture) == ["\(Self.content) 2024-05-03: 2"])
        }
    }

    /// Nobody counts, and yet nothing differs: the log tells what happened since the cursor.
    @Test func aDaemonThatLagsIsNoDifference() async throws {
        try await withBuiltApplication { fixture in
            try await fixture.withSession { open in
                try await open.execute(
                    "BEGIN; DELETE FROM caption_variants WHERE id < 5; UPDATE reddit_post_outcomes SET views = 0 WHERE id = 9"
                )
                try await fixture.run(
                    """
                    UPDATE reddit_post_outcomes SET upvotes = upvotes + 10, title = 'changed' WHERE id % 2 = 0;
                    UPDATE reddit_post_outcomes SET success = NOT success WHERE id % 11 = 0;
                    DELETE FROM caption_variants WHERE id % 6 = 0;
                    UPDATE caption_variants SET ranked_metadata = '{"model": "c"}' WHERE id % 7 = 0;
                    INSERT INTO content_generations (user_id, generation_type, created_at) VALUES (1, 'image', '2024-05-02'), (NULL, 'x', '2024-05-02')
                    """)
                #expect(try await drift(fixture) == [])
                try await open.execute("COMMIT")
                #expect(try await drift(fixture) == [])
            }
        }
    }

    @Test func concurrentWritersAndADaemonAreNoDifference() async throws {
        try await withBuiltApplication { fixture in
            try await fixture.withEngine({ $0.flushEvery = .milliseconds(100) }) { _ in
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for writer in 0..<3 {
                        group.addTask {
                            try await fixture.withSession { session in
                                for step in 0..<80 {
                                    try await session.execute(
                                        """
                                        BEGIN;
                                        INSERT INTO caption_variants (user_id, ranked_metadata, created_at)
                                            VALUES (\(writer), '{"model": "w\(step % 3)"}', '2024-05-02'::timestamptz + \(step) * interval '3 hours');
                                        UPDATE reddit_post_outcomes SET views = views + 1 WHERE id = \(1 + (step * 3 + writer) % 60);
                                        DELETE FROM caption_variants WHERE id = \(step * 3 + writer);
                                        \(step % 5 == 0 ? "ROLLBACK" : "COMMIT")
                                        """)
                                }
                            }
                        }
                    }
                    for _ in 0..<15 { #expect(try await drift(fixture) == []) }
                    try await group.waitForAll()
                }
            }
            #expect(try await drift(fixture) == [])
        }
    }

    /// Each at a snapshot of its own, while writers write and a daemon flushes.
    @Test func aThousandAuditsUnderLoadFindNothing() async throws {
        try await withBuiltApplication { fixture in
            try await fixture.withEngine({ $0.flushEvery = .milliseconds(50) }) { _ in
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for writer in 0..<2 {
                        group.addTask { try await Self.write(as: writer, to: fixture) }
                    }
                    let (differences, examined) = try await fixture.withSession { session in
                        try await Self.audit(times: 1_000, fixture, on: session)
                    }
                    #expect(differences == [])
                    #expect(examined > 1_000)
                    group.cancelAll()
                    while let result = await group.nextResult() {
                        guard case .failure(let error) = result, !(error is CancellationError) else { continue }
                        guard (error as? PostgresError)?.sqlState == "57014" else { throw error }
                    }
                }
            }
        }
    }

    /// Until cancelled.
    private static func write(as writer: Int, to fixture: FeedFixture) async throws {
        try await fixture.withSession { session in
            var step = 0
            while !Task.isCancelled {
                step += 1
                try await session.execute(
                    """
                    BEGIN;
                    INSERT INTO caption_variants (user_id, ranked_metadata, created_at)
                        VALUES (\(writer), '{"model": "w\(step % 3)"}', '2024-05-02'::timestamptz + \(step % 60) * interval '3 hours');
                    UPDATE reddit_post_outcomes SET views = views + 1, title = 't' || \(step % 5)
                        WHERE id = \(1 + (step * 2 + writer) % 60);
                    DELETE FROM caption_variants WHERE user_id = \(writer) AND id % 20 = \(step % 20);
                    \(step % 7 == 0 ? "ROLLBACK" : "COMMIT")
                    """)
            }
        }
    }

    /// - Returns: what differed, and how many keys were compared in all.
    private static func audit(
        times: Int, _ fixture: FeedFixture, on session: PostgresConnection
    ) async throws -> (differences: [String], examined: Int) {
        let definitions = try DefinitionLoader.load(directory: fixture.directory)
        let matched = try await InstalledRollup.match(definitions, on: session)
        let days = (0..<30).compactMap { PostgresDate("2024-04-30")?.advanced(by: $0) }
        var differences: [String] = []
        var examined = 0
        for number in 1...times {
            try await session.withTransaction(.repeatableReadReadOnly) { session in
                for (name, value) in FeedSchema.fixedSettings {
                    try await session.query("SELECT set_config($1::text, $2::text, true)", [name, value], cached: true)
                }
                let cursor = try await Cursor.read(on: session)
                for (rollup, installed) in matched {
                    let counts = try await Comparison(rollup, id: installed.id, from: cursor).counts(
                        of: days, on: session)
                    examined += counts.values.reduce(0) { $0 + $1.keys }
                    for (day, count) in counts where count.different > 0 {
                        differences.append("audit \(number): \(rollup.name) \(day): \(count.different)")
                    }
                }
            }
        }
        return (differences, examined)
    }

    @Test func parkedKeysAreListedAndNotCompared() async throws {
        try await FeedFixture.with(Visits.table, [Visits.strictYAML]) { fixture in
            try await fixture.withEngine { _ in
                try await fixture.run("INSERT INTO visits (site, at) VALUES (NULL, '2024-05-01'), ('a', '2024-05-01')")
                try await fixture.settle()
            }
            try await fixture.withSession { session in
                let findings = try await Auditor(on: session).audit(DefinitionLoader.load(directory: fixture.directory))
                #expect(findings.map(\.parkedKeys) == [1])
                #expect(findings[0].days.map(\.keys) == [1] && findings[0].different == 0)
            }
        }
    }
}
