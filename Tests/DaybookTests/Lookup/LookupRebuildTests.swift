import PostgresClient
import Testing

@testable import Daybook

/// Build, audit, repair and explanation make the same join as the triggers.
struct LookupRebuildTests {
    private static let same = "says | post_id | owner | day | outcomes | views"

    private static let history = """
        INSERT INTO posts (id, ref, owner) SELECT 100 + i, 'h' || i, 'o' || i % 3 FROM generate_series(1, 40) AS i;
        INSERT INTO outcomes (ref, at, views)
        SELECT 'h' || i % 60, timestamptz '2025-03-03 12:00Z' + i % 5 * interval '1 day', i FROM generate_series(1, 400) AS i;
        """

    private func withEngine(_ body: (FeedFixture) async throws -> Void) async throws {
        try await FeedFixture.with(Links.tables + Self.history, [Links.yaml]) { fixture in
            try await fixture.withEngine { _ in
                try await fixture.settle()
                try await expectExact(fixture)
                try await body(fixture)
            }
        }
    }

    private func expectExact(_ fixture: FeedFixture, sourceLocation: SourceLocation = #_sourceLocation) async throws {
        #expect(try await fixture.table(Links.tableDifferences) == Self.same, sourceLocation: sourceLocation)
        let finding = try await fixture.withSession { session in
            try await Auditor(on: session).audit(DefinitionLoader.load(directory: fixture.directory))[0]
        }
        #expect(finding.different == 0 && finding.keys > 0, sourceLocation: sourceLocation)
    }

    private func waitForRepair(_ fixture: FeedFixture) async throws {
        try await eventually("no gap is open") {
            try await fixture.count("daybook.gaps WHERE state <> 'repaired'") == 0
        }
        try await fixture.settle()
    }

    @Test func linksMoveWhatIsStored() async throws {
        try await withEngine { fixture in
            try await fixture.run(
                """
                UPDATE posts SET ref = 'h5' || id % 10 WHERE id BETWEEN 101 AND 109; DELETE FROM posts WHERE id = 120;
                UPDATE posts SET owner = 'all'; INSERT INTO posts (id, ref) VALUES (1, 'h0');
                UPDATE outcomes SET ref = 'h7' WHERE ref = 'h8'
                """)
            try await fixture.settle()
            try await expectExact(fixture)
            #expect(try await fixture.count("daybook.gaps") == 0)
        }
    }

    @Test(arguments: [
        "TRUNCATE posts",
        "ALTER TABLE posts DISABLE TRIGGER USER; UPDATE posts SET ref = ref || 'x' WHERE id % 2 = 0; ALTER TABLE posts ENABLE TRIGGER USER",
        "DROP TRIGGER daybook_lookup_update ON posts; UPDATE posts SET owner = 'unseen'",
        "DROP TRIGGER daybook_lookup_begin ON posts; WITH p AS (DELETE FROM posts WHERE id = 101) INSERT INTO outcomes (ref, views) VALUES ('h1', 1)",
        "DROP TRIGGER daybook_begin ON outcomes; WITH p AS (DELETE FROM posts WHERE id = 101) INSERT INTO outcomes (ref, views) VALUES ('h1', 1)",
    ])
    func whatTheTriggersOfTheLookedUpTableMissed(_ script: String) async throws {
        try await withEngine { fixture in
            try await fixture.run(script)
            try await eventually("a gap is found") { try await fixture.count("daybook.gaps") > 0 }
            try await fixture.install()
            try await waitForRepair(fixture)
            try await expectExact(fixture)
        }
    }

    /// A sealed day follows its links, by event or by repair: a row that has moved is no row that is lost.
    @Test func sealedDaysFollow() async throws {
        try await FeedFixture.with(Links.tables + Self.history, [Links.yaml]) { fixture in
            try await fixture.withEngine({ $0.sealAt = .seconds(7200) }) { _ in
                try await eventually("the history is sealed") {
                    try await fixture.count("daybook.seals WHERE state = 'sealed'") == 5
                }
                try await fixture.run("UPDATE posts SET owner = 'amended' WHERE id = 101")
                try await fixture.settle()
                try await expectExact(fixture)
                #expect(try await fixture.count("daybook.seals WHERE state = 'amending'") > 0)
                try await fixture.run("TRUNCATE posts")
                try await eventually("the gap is found") { try await fixture.count("daybook.gaps") > 0 }
                try await waitForRepair(fixture)
                try await expectExact(fixture)
            }
        }
    }

    /// Posts that are deleted because they are old stay in the numbers.
    @Test func retentionOfLookedUpRowsMovesNothing() async throws {
        try await withEngine { fixture in
            let before = try await fixture.table("SELECT * FROM outcomes_daily ORDER BY 1, 2, 3")
            try await fixture.run(
                "BEGIN; SET LOCAL daybook.retention = on; DELETE FROM posts WHERE id IN (105, 110); COMMIT")
            try await fixture.settle()
            #expect(try await fixture.table("SELECT * FROM outcomes_daily ORDER BY 1, 2, 3") == before)
            #expect(
                try await fixture.table("SELECT day, reason FROM daybook.thinned") == """
                    day        | reason
                    2025-03-03 | looked-up rows deleted under daybook.retention
                    """)
            let finding = try await fixture.withSession { session in
                try await Auditor(on: session).audit(DefinitionLoader.load(directory: fixture.directory))[0]
            }
            #expect(finding.different == 0 && finding.thinned.map { "\($0)" } == ["2025-03-03"])
        }
    }

    @Test func explained() async throws {
        try await withEngine { fixture in
            let found = try await fixture.withSession { session in
                try await Explainer(on: session).explain(
                    "outcomes_daily", day: try #require(PostgresDate("2025-03-04")),
                    key: ["post_id": "101", "owner": "o1"],
                    definitions: DefinitionLoader.load(directory: fixture.directory))
            }
            #expect(found.isEqual == true && found.sources.map(\.rows) == [7])
        }
    }

    /// Taking the lookup out of the definition takes its triggers away.
    @Test func theLookupIsTakenOut() async throws {
        try await FeedFixture.with(Links.tables, [Links.yaml]) { fixture in
            #expect(try await fixture.install().statements == 0)
            try fixture.declare([
                """
                rollup: outcomes_daily
                dimensions: {post_id: integer, owner: text?}
                measures: {outcomes: count, views: sum}
                events:
                  outcome: {source: outcomes, at: at, values: {post_id: id, owner: ref, views: views}}
                """
            ])
            try await fixture.install()
            #expect(try await fixture.install().statements == 0)
            #expect(
                try await fixture.table(
                    "SELECT tgrelid::regclass AS t, tgname FROM pg_trigger WHERE NOT tgisinternal ORDER BY 2")
                        == """
                        t        | tgname
                        outcomes | daybook_delete
                        outcomes | daybook_insert
                        outcomes | daybook_truncate
                        outcomes | daybook_update
                        """)
        }
    }

    /// Columns of the application may be called as Daybook's own are, and as those of the looked-up table.
    @Test func columnsOfAnyName() async throws {
        let tables = """
            CREATE TABLE posts (id integer PRIMARY KEY, day date, k1 text, daybook_key1 text UNIQUE, owner text);
            CREATE TABLE outcomes (day date, k1 text, counts text, n integer, daybook_key1 text, owner text);
            INSERT INTO outcomes VALUES ('2025-03-03', 'k', 'c', 1, 'x', 'source');
            INSERT INTO posts VALUES (1, '2025-04-04', 'q', 'x', 'post');
            """
        let yaml = """
            rollup: outcomes_daily
            dimensions: {owner: text, k1: text, counts: text?}
            measures: {outcomes: count, total: sum}
            events:
              outcome:
                source: outcomes
                at: day
                lookup: {table: posts, key: daybook_key1, equals: outcomes.daybook_key1}
                values: {owner: "owner || coalesce(posts.owner, '-')", k1: k1, counts: posts.k1, total: n}
            """
        try await FeedFixture.with(tables, [yaml]) { fixture in
            try await fixture.withEngine { _ in
                try await fixture.run("UPDATE posts SET k1 = 'moved'; UPDATE outcomes SET n = 5")
                try await fixture.settle()
                #expect(
                    try await fixture.table("SELECT day, owner, k1, counts, outcomes, total FROM outcomes_daily") == """
                        day        | owner      | k1 | counts | outcomes | total
                        2025-03-03 | sourcepost | k  | moved  | 1        | 5
                        """)
            }
            let finding = try await fixture.withSession { session in
                try await Auditor(on: session).audit(DefinitionLoader.load(directory: fixture.directory))[0]
            }
            #expect(finding.different == 0 && finding.keys == 1)
        }
    }

    /// What does not add up moves as well: what has gone at an end of its order is looked for in the sources.
    @Test(arguments: 1...2 as ClosedRange<UInt64>)
    func measuresThatDoNotAddUp(seed: UInt64) async throws {
        let yaml = Links.yaml.replacing(
            "  views: sum\n", with: "  most: max bigint\n  refs: distinct\n  who: last text\n"
        )
        .replacing(
            "      views: views * coalesce(posts.weight, 1)",
            with: "      most: views * coalesce(posts.weight, 1)\n      refs: ref\n      who: posts.owner")
        let truth = """
            SELECT coalesce(p.id, 0) AS post_id, p.owner, (o.at AT TIME ZONE 'UTC')::date AS day, count(*) AS outcomes,
                max(o.views * coalesce(p.weight, 1)) AS most, count(DISTINCT o.ref) AS refs, p.owner AS who
            FROM outcomes AS o LEFT JOIN posts AS p ON p.ref = o.ref
            WHERE p.status IS DISTINCT FROM 'hidden' GROUP BY 1, 2, 3
            """
        let kept = "SELECT post_id, owner, day, outcomes, most, refs, who FROM outcomes_daily"
        try await FeedFixture.with(Links.tables, [yaml]) { fixture in
            try await fixture.run(Links.rows)
            try await fixture.withEngine { _ in
                try await fixture.writeAtRandom(seed: seed, statements: 1)
                try await fixture.run(
                    "UPDATE outcomes SET views = views / 2 WHERE id % 3 = 0; UPDATE posts SET weight = 2")
                try await fixture.settle()
                let differences = "((\(truth)) EXCEPT ALL (\(kept))) UNION ALL ((\(kept)) EXCEPT ALL (\(truth)))"
                try await eventually("the rows are those of the sources") {
                    try await fixture.count("(\(differences)) AS d") == 0
                }
            }
            #expect(try await fixture.count("daybook.gaps") == 0)
            let finding = try await fixture.withSession { session in
                try await Auditor(on: session).audit(DefinitionLoader.load(directory: fixture.directory))[0]
            }
            #expect(finding.different == 0 && finding.keys > 1)
        }
    }
}
