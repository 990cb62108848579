import Foundation
import PostgresClient
import Testing

@testable import Daybook

/// What a lookup may say, and what is refused.
struct LookupDefinitionTests {
    private static func yaml(_ changes: (String, String)...) -> String {
        changes.reduce(Links.yaml) { $0.replacing($1.0, with: $1.1) }
    }

    @Test func resolved() async throws {
        try await CatalogFixture.with(Links.tables) { fixture in
            let event = try #require(try await fixture.resolve(Links.yaml).events.first)
            let lookup = try #require(event.lookup)
            #expect(lookup.table.table.description == "public.posts")
            #expect(lookup.key == [.init(name: "ref", type: "text")] && lookup.equals == ["ref"])
            #expect(lookup.columns.map(\.name) == ["id", "owner", "status", "weight"])
            #expect(event.columns.map(\.name) == ["ref", "at", "views"])
        }
    }

    @Test func severalColumns() async throws {
        let tables = """
            CREATE TABLE posts (id integer, tenant integer, ref varchar(9), owner text, status text, weight bigint,
                UNIQUE (tenant, ref));
            CREATE TABLE outcomes (id serial, tenant smallint, ref text, at date, views bigint);
            """
        try await CatalogFixture.with(tables) { fixture in
            let rollup = try await fixture.resolve(
                Self.yaml(("key: ref", "key: [ref, tenant]"), ("equals: ref", "equals: [lower(ref), tenant]")))
            let lookup = try #require(rollup.events[0].lookup)
            #expect(lookup.key == [.init(name: "ref", type: "text"), .init(name: "tenant", type: "integer")])
            #expect(
                rollup.signature.contains(
                    "lookup \"public\".\"posts\" on \"ref\" text = lower(ref), \"tenant\" integer = tenant"))
        }
    }

    @Test(arguments: [
        (
            ("table: posts", "table: nowhere"),
            "x.yml:13: events.outcome.lookup.table: the table \"nowhere\" does not exist"
        ),
        (("table: posts", "table: outcomes"), "has the name of the source itself"),
        (("table: posts", "table: shown"), "\"public.shown\" is a view"),
        (
            ("key: ref", "key: reff"),
            "x.yml:14: events.outcome.lookup.key: the table \"public.posts\" has no column \"reff\". Did you mean \"ref\"?"
        ),
        (("key: ref", "key: owner"), "CREATE UNIQUE INDEX CONCURRENTLY ON \"public\".\"posts\" (\"owner\");"),
        (("key: ref", "key: note"), "the key \"note\" is jsonb, which is not compared by its text"),
        (
            ("equals: ref", "equals: views"),
            "x.yml:15: events.outcome.lookup.equals: the expression is bigint, but the key \"ref\" is text. Cast it: views::text."
        ),
        (("equals: ref", "equals: posts.ref"), "The expression sees one row of outcomes and no other table"),
        (("equals: ref", "equals: reff"), "Did you mean \"ref\"?"),
        (("key: ref", "key: [ref, id]"), "there are 2 key columns and 1 expressions"),
        (("key: ref", "key: []"), "the list is empty"),
        (("key: ref", "keys: ref"), "the key \"keys\" is not known. Did you mean \"key\"?"),
        (("owner: posts.owner", "owner: posts.ownr"), "column \"posts.ownr\" does not exist"),
        (("owner: posts.owner", "owner: owner"), "column \"owner\" does not exist"),
        (
            ("post_id: coalesce(posts.id, 0)", "post_id: posts.weight"),
            "the expression is bigint, but the dimension is integer"
        ),
        (("at: at", "at: posts.status"), "missing FROM-clause entry for table \"posts\""),
    ])
    func refused(_ change: (String, String), _ problem: String) async throws {
        let tables = Links.tables + "CREATE VIEW shown AS TABLE posts; ALTER TABLE posts ADD note jsonb UNIQUE;"
        try await CatalogFixture.with(tables) { fixture in
            var problems: [String] = []
            do {
                problems = try await fixture.problems(Self.yaml(change))
            } catch let error as DefinitionError {
                problems = error.problems.map(\.description)
            }
            #expect(problems.contains { $0.contains(problem) }, "\(problems)")
        }
    }

    @Test(arguments: [
        "CREATE UNIQUE INDEX ON posts (ref) WHERE status = 'done'", "CREATE INDEX ON posts (ref)",
        "CREATE UNIQUE INDEX ON posts (lower(ref))", "CREATE UNIQUE INDEX ON posts (ref, owner)",
        "ALTER TABLE posts ADD UNIQUE (ref) DEFERRABLE",
    ])
    func indexesThatPromiseNothing(_ index: String) async throws {
        try await CatalogFixture.with(Links.tables + "DROP INDEX posts_ref; \(index)") { fixture in
            let problems = try await fixture.problems(Links.yaml)
            #expect(
                problems.count == 1 && problems[0].contains("nothing keeps two rows of \"public.posts\""), "\(problems)"
            )
        }
    }

    @Test func aLookedUpTableIsNoRollup() async throws {
        let other = SampleDefinition.yaml
        try await CatalogFixture.with(
            CatalogFixture.visits + Links.tables + "CREATE TABLE visits_daily (site text, day date, ref text UNIQUE)"
        ) {
            fixture in
            let problems = try await fixture.problems(
                other, Self.yaml(("table: posts", "table: visits_daily"), ("posts.", "visits_daily.")))
            #expect(
                problems.contains {
                    $0.contains("events.outcome.lookup.table: \"public.visits_daily\" is itself a rollup")
                })
        }
    }

    @Test(arguments: [
        ("posts.id", "\"posts.id\""), ("coalesce(POSTS . Id, 0)", "coalesce(\"posts.id\", 0)"),
        ("\"posts\".\"Odd \"\"x\"", "\"posts.Odd \"\"x\""), ("posts.f(id)", "posts.f(id)"),
        ("public.posts.id", "public.posts.id"),
        ("'posts.id' || $$posts.id$$ || E'\\'posts.id'", "'posts.id' || $$posts.id$$ || E'\\'posts.id'"),
        ("a /* posts.id */ + posts.id -- posts.id\n", "a /* posts.id */ + \"posts.id\" -- posts.id\n"),
        ("myposts.id + posts", "myposts.id + posts"), ("posts.a::text || posts.b", "\"posts.a\"::text || \"posts.b\""),
        ("posts.\"é\" || é", "\"posts.é\" || é"), ("posts.1", "posts.1"),
    ])
    func qualifiedNamesAreFound(_ expression: String, _ inlined: String) {
        #expect(LookedUpName.inline(expression, table: "posts") == inlined)
    }

    @Test func longNamesKeepTheirEnd() {
        let name = LookedUpName.name(of: "id", table: String(repeating: "t", count: 63))
        #expect(name.utf8.count == 63 && name.hasSuffix("t.id"))
    }

    /// The shipped definition with the lines that the README adds to it.
    static func linkedContentPerformance() throws -> String {
        try String(contentsOfFile: ShippedDefinitionsTests.directory + "/content-performance.yml", encoding: .utf8)
            .replacing(
                "    at: occurred_at\n",
                with:
                    "    at: occurred_at\n    lookup:\n      table: scheduled_posts\n      key: reddit_post_id\n      equals: reddit_post_id\n"
            )
            .replacing("content_id: 0 ", with: "content_id: coalesce(scheduled_posts.id, 0) ")
    }

    @Test func contentIsTheLinkedPost() async throws {
        let application = try String(
            contentsOfFile: ShippedDefinitionsTests.directory + "/../Tests/Fixtures/application.sql", encoding: .utf8)
        let yaml = try Self.linkedContentPerformance()
        try await CatalogFixture.with(application) { fixture in
            let problems = try await fixture.problems(yaml)
            #expect(
                problems[0].contains(
                    "CREATE UNIQUE INDEX CONCURRENTLY ON \"public\".\"scheduled_posts\" (\"reddit_post_id\");"))
        }
        try await FeedFixture.with(application + "CREATE UNIQUE INDEX ON scheduled_posts (reddit_post_id);", [yaml]) {
            fixture in
            try await fixture.run(
                """
                INSERT INTO reddit_post_outcomes (user_id, reddit_post_id, subreddit, views) VALUES (1, 't3_x', 'r', 5), (1, 't3_y', 'r', 7);
                INSERT INTO scheduled_posts (user_id, subreddit, scheduled_for, status) VALUES (1, 'r', now(), 'processing');
                UPDATE scheduled_posts SET status = 'completed', reddit_post_id = 't3_x'
                """)
            let expected = """
                content_id | posts | total_views
                0          | 1     | 7
                1          | 1     | 5
                """
            try await fixture.withEngine { _ in
                try await fixture.settle()
                #expect(
                    try await fixture.table(
                        "SELECT content_id, posts, total_views FROM analytics_content_performance_daily ORDER BY 1")
                        == expected)
            }
        }
    }

    /// What has no lookup pays nothing for those that have one.
    @Test func aFeedWithoutALookupIsAsItWas() throws {
        let rollup = HandmadeRollup.make()
        let function = EventFunction(rollup: rollup, rollupID: 1, eventIndex: 0)
        for operation in CaptureFunction.Operation.allCases {
            let capture = CaptureFunction(
                source: rollup.events[0].source, operation: operation, feeds: [.init(rollupID: 1, function: function)])
            for word in ["lookup", "end_statement", "doubt", "settle"] {
                #expect(!capture.createStatement.contains(word))
            }
        }
        let plan = try InstallPlan([rollup], on: InstallPlanTests.nothing)
        #expect(!plan.statements.contains { $0.contains("BEFORE INSERT") || $0.contains(LookupLock.name) })
    }
}
