import PostgresClient
import Testing

@testable import Daybook

/// Which relations can be watched, and how their names are found.
struct CatalogSourceTests {
    private static let columns = "site text, size integer, agent text, seen_at timestamptz, is_robot boolean"

    private func problems(_ script: String, source: String = "visits") async throws -> [String] {
        var problems: [String] = []
        try await CatalogFixture.with(script) { fixture in
            problems = try await fixture.problems(SampleDefinition.replacing(("source: visits", "source: '\(source)'")))
        }
        return problems
    }

    @Test(arguments: [
        (
            "CREATE TABLE t (\(columns)); CREATE VIEW visits AS TABLE t;",
            "\"public.visits\" is a view. Name the table below it"
        ),
        ("CREATE TABLE t (\(columns)); CREATE MATERIALIZED VIEW visits AS TABLE t;", "is a materialized view"),
        ("CREATE UNLOGGED TABLE visits (\(columns));", "ALTER TABLE \"public\".\"visits\" SET LOGGED;"),
        ("CREATE TEMP TABLE visits (\(columns));", "is a temporary table"),
        ("CREATE SEQUENCE visits;", "is not a table"),
        ("CREATE TABLE t (\(columns)); CREATE INDEX visits ON t (site);", "is not a table"),
        (
            "CREATE FOREIGN DATA WRAPPER w; CREATE SERVER s FOREIGN DATA WRAPPER w; CREATE FOREIGN TABLE "
                + "visits (\(columns)) SERVER s;",
            "is a foreign table"
        ),
        ("SELECT 1", "x.yml:12: events.visit.source: the table \"visits\" does not exist. Create it first"),
        ("CREATE TABLE \"Visits\" (\(columns));", "does not exist"),
        ("CREATE SCHEMA app; CREATE TABLE app.visits (\(columns));", "Name its schema: there is \"app.visits\"."),
        (
            "CREATE TABLE t (\(columns)) PARTITION BY LIST (site); CREATE TABLE visits PARTITION OF t DEFAULT;",
            "\"public.visits\" is a partition of \"public.t\", through which its rows are written. Name \"public.t\""
        ),
        (
            "CREATE TABLE visits (\(columns)) PARTITION BY LIST (site); CREATE UNLOGGED TABLE leaf PARTITION "
                + "OF visits DEFAULT;",
            "the partition \"public.leaf\" is an unlogged table"
        ),
    ])
    func refused(_ script: String, _ problem: String) async throws {
        let problems = try await problems(script)
        #expect(problems.count == 1 && problems[0].contains(problem), "\(problems)")
    }

    @Test func catalogAndOwnTables() async throws {
        let own = "CREATE SCHEMA daybook; CREATE TABLE daybook.visits (\(Self.columns));"
        #expect(try await problems(own, source: "daybook.visits")[0].contains("is a table of Daybook itself"))
        #expect(try await problems("SELECT 1", source: "pg_class")[0].contains("is a table of Postgres itself"))
    }

    @Test func partitionsAtEveryDepth() async throws {
        let script = """
            CREATE SCHEMA parts;
            CREATE TABLE visits (\(Self.columns)) PARTITION BY LIST (site);
            CREATE TABLE parts.b PARTITION OF visits FOR VALUES IN ('b') PARTITION BY RANGE (size);
            CREATE TABLE parts."b.1" PARTITION OF parts.b DEFAULT;
            CREATE TABLE a PARTITION OF visits DEFAULT;
            """
        try await CatalogFixture.with(script) { fixture in
            let source = try await fixture.resolve(SampleDefinition.yaml).events[0].source
            #expect(source.isPartitioned)
            #expect(source.table == QualifiedName(schema: "public", name: "visits"))
            #expect(
                source.partitions == [
                    QualifiedName(schema: "parts", name: "b"), QualifiedName(schema: "parts", name: "b.1"),
                    QualifiedName(schema: "public", name: "a"),
                ])
            let oid = try await fixture.connection.query("SELECT 'visits'::regclass::oid")[0].decode(UInt32.self)
            #expect(source.oid == oid)
        }
    }

    /// An inheritance child is no partition; `doctor` speaks of it.
    @Test func inheritanceChild() async throws {
        try await CatalogFixture.with("CREATE TABLE visits (\(Self.columns)); CREATE TABLE child () INHERITS (visits);")
        { fixture in
            let source = try await fixture.resolve(SampleDefinition.yaml).events[0].source
            #expect(!source.isPartitioned && source.partitions.isEmpty)
        }
    }

    /// Names are looked up along the session's search path, and taken to the letter.
    @Test func oddNamesAndSearchPath() async throws {
        let script = """
            CREATE SCHEMA "Odd.schema";
            CREATE TABLE "Odd.schema"."visits \""x\"\"" (\(Self.columns), daybook_value integer);
            SET search_path = nowhere, "Odd.schema", public;
            """
        try await CatalogFixture.with(script) { fixture in
            for source in ["'\"visits \"\"x\"\"\"'", "'\"Odd.schema\".\"visits \"\"x\"\"\"'"] {
                let rollup = try await fixture.resolve(
                    SampleDefinition.replacing(("source: visits", "source: \(source)")))
                #expect(rollup.events[0].source.table == QualifiedName(schema: "Odd.schema", name: "visits \"x\""))
                #expect(rollup.table == QualifiedName(schema: "Odd.schema", name: "visits_daily"))
            }
        }
    }

    /// The probes' own names do not stand in the way of an application's.
    @Test func sourceNamedLikeTheProbe() async throws {
        try await CatalogFixture.with("CREATE TABLE daybook_view (\(Self.columns));") { fixture in
            _ = try await fixture.resolve(SampleDefinition.replacing(("source: visits", "source: daybook_view")))
        }
    }

    @Test func rollupFeedsNoRollup() async throws {
        try await CatalogFixture.with("CREATE TABLE visits (\(Self.columns));") { fixture in
            let problems = try await fixture.problems(
                SampleDefinition.yaml, SampleDefinition.replacing(("visits_daily", "public.visits_daily")),
                SampleDefinition.replacing(("visits_daily", "visits")))
            #expect(problems.count >= 2, "\(problems)")
            #expect(
                problems.contains {
                    $0.hasPrefix("2.yml:1: rollup: the table \"public.visits_daily\" is already the rollup of 1.yml")
                })
            #expect(problems.contains { $0.contains("\"public.visits\" is itself a rollup, of 3.yml") })
        }
    }
}
