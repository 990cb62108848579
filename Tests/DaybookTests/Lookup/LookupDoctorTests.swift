import PostgresClient
import Testing

@testable import Daybook

/// The doctor knows the triggers and the indexes that a lookup needs.
struct LookupDoctorTests {
    private func findings(after change: String) async throws -> [String] {
        var lines: [String] = []
        try await FeedFixture.with(Links.tables + "CREATE INDEX ON outcomes (at);", [Links.yaml]) { fixture in
            try await fixture.run(change)
            lines = try await Doctor.examine(
                DefinitionLoader.parse(Links.yaml, file: "x.yml"), on: fixture.connection, limits: DoctorLimits()
            ).filter { $0.check != "no-leader" }.lines
        }
        return lines
    }

    @Test(arguments: [
        ("SELECT 1", []),
        ("DROP TRIGGER daybook_lookup_delete ON posts", ["error trigger-missing: public.posts"]),
        ("ALTER TABLE posts DISABLE TRIGGER daybook_lookup_begin", ["error trigger-disabled: public.posts"]),
        ("DROP TRIGGER daybook_begin ON outcomes", ["error trigger-missing: public.outcomes"]),
        ("DROP INDEX outcomes_ref", ["info missing-index: public.outcomes"]),
        ("ALTER TABLE posts SET UNLOGGED", ["error unlogged-table: public.posts"]),
    ])
    func found(_ change: String, _ expected: [String]) async throws {
        let lines = try await findings(after: change)
        #expect(lines.filter { !$0.contains("definition") } == expected, "\(lines)")
    }

    /// Both as a source and as a looked-up table, in partitions.
    @Test func partitions() async throws {
        let tables = """
            CREATE TABLE posts (id integer, ref text, owner text, status text, weight bigint, UNIQUE (ref)) PARTITION BY LIST (ref);
            CREATE TABLE posts_rest PARTITION OF posts DEFAULT;
            CREATE TABLE outcomes (id serial, ref text, at timestamptz DEFAULT '2024-05-01', views bigint) PARTITION BY LIST (ref);
            CREATE TABLE outcomes_a PARTITION OF outcomes FOR VALUES IN ('a');
            CREATE TABLE outcomes_rest PARTITION OF outcomes DEFAULT;
            """
        let posts = """
            rollup: posts_daily
            dimensions: {owner: text?}
            measures: {posts: count}
            events:
              post: {source: posts, at: "date '2024-01-01' + id", values: {owner: owner}}
            """
        try await FeedFixture.with(tables, [Links.yaml, posts]) { fixture in
            try await fixture.run(
                """
                INSERT INTO outcomes_a (ref, views) VALUES ('a', 1); INSERT INTO posts_rest (id, ref, weight) VALUES (1, 'a', 2), (2, 'b', 3);
                INSERT INTO outcomes (ref, views) VALUES ('a', 2), ('b', 4); UPDATE outcomes SET ref = 'b' WHERE ref = 'a' AND views = 1;
                UPDATE posts_rest SET owner = 'x'; UPDATE posts SET ref = 'c' WHERE id = 2; UPDATE outcomes SET ref = 'c'
                """)
            #expect(
                try await fixture.table(
                    Links.differences.replacing(
                        "FROM daybook.events",
                        with:
                            "FROM daybook.events WHERE rollup = (SELECT id FROM daybook.rollups WHERE name LIKE '%outcomes_daily')"
                    ))
                    == "says | post_id | owner | day | outcomes | views")
            #expect(try await fixture.count("daybook.gaps") == 0)
            let lines = try await Doctor.examine(
                DefinitionLoader.load(directory: fixture.directory), on: fixture.connection, limits: DoctorLimits()
            ).filter { $0.severity == .error }.lines
            #expect(lines == [])
            try await fixture.run("CREATE TABLE posts_z PARTITION OF posts FOR VALUES IN ('z')")
            let found = try await Doctor.examine(
                DefinitionLoader.load(directory: fixture.directory), on: fixture.connection, limits: DoctorLimits())
            #expect(found.lines.contains("error partition-not-captured: public.posts_z"))
        }
    }
}
