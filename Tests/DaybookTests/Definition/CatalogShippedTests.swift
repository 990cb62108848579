import PostgresClient
import Testing

@testable import Daybook

/// The shipped definitions against the application's tables.
struct CatalogShippedTests {
    @Test func newTables() async throws {
        let loaded = try DefinitionLoader.load(directory: ShippedDefinitionsTests.directory)
        try await CatalogFixture.with(CatalogFixture.application) { fixture in
            let before = try await fixture.catalogDigest()
            let rollups = try await DefinitionCatalog.resolve(loaded, on: fixture.connection)
            #expect(rollups.map(\.definition) == loaded.rollups)
            #expect(rollups.map(\.table.schema) == ["public", "public"])
            let content = rollups[1]
            #expect(content.dimensions.map(\.type) == ["integer", "integer", "text", "text", "text"])
            #expect(content.measures.map(\.type) == Array(repeating: "bigint", count: 7))
            #expect(content.derived.map(\.type) == ["numeric"])
            #expect(content.events[0].atType == .timestampWithTimeZone)
            #expect(content.events[0].source.table == QualifiedName(schema: "public", name: "reddit_post_outcomes"))
            #expect(rollups[0].measures.map(\.type) == ["bigint", "jsonb"])
            #expect(try await fixture.catalogDigest() == before)
        }
    }

    @Test func existingTables() async throws {
        let loaded = try DefinitionLoader.load(directory: ShippedDefinitionsTests.directory)
        let tables = """
            CREATE TABLE analytics_content_performance_daily (
                id serial, day date, user_id integer, content_id integer, platform varchar(20), subreddit varchar(100),
                primary_title text, posts integer, total_views integer, likes bigint, engagement_rate numeric(5, 2),
                created_at timestamptz NOT NULL DEFAULT now(),
                UNIQUE (user_id, content_id, platform, subreddit, primary_title, day, id)
            );
            """
        try await CatalogFixture.with(CatalogFixture.application + tables) { fixture in
            let content = try await DefinitionCatalog.resolve(loaded, on: fixture.connection)[1]
            #expect(content.dimensions.map(\.type) == ["integer", "integer", "text", "text", "text"])
            #expect(content.measures.prefix(3).map(\.type) == ["integer", "integer", "bigint"])
            #expect(content.derived.map(\.type) == ["numeric(5,2)"])
        }
    }

    @Test func emptyDatabaseNamesEverySource() async throws {
        let loaded = try DefinitionLoader.load(directory: ShippedDefinitionsTests.directory)
        try await CatalogFixture.with("SELECT 1") { fixture in
            let problems = try await fixture.problems(loaded)
            #expect(problems.count == 3)
            #expect(
                problems[2].contains(
                    "content-performance.yml:21: events.post-outcome.source: the table "
                        + "\"reddit_post_outcomes\" does not exist"
                ),
                "\(problems)")
        }
    }
}
