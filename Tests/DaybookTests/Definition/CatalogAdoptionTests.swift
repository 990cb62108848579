import PostgresClient
import Testing

@testable import Daybook

/// Which existing tables can become a rollup's.
struct CatalogAdoptionTests {
    private func problems(_ script: String, _ changes: (piece: String, replacement: String)...) async throws -> [String]
    {
        let yaml = changes.reduce(SampleDefinition.yaml) { $0.replacing($1.piece, with: $1.replacement) }
        var problems: [String] = []
        try await CatalogFixture.with(CatalogFixture.visits + script) { fixture in
            problems = try await fixture.problems(yaml)
        }
        return problems
    }

    /// A script that makes the table, and what the only problem contains.
    @Test(arguments: [
        (
            "CREATE TABLE visits_daily (site integer, day date)",
            "x.yml:3: dimensions.site: the dimension is text, but the column of the existing table is integer"
        ),
        (
            "CREATE TABLE visits_daily (site text COLLATE app.insensitive, day date)",
            "dimensions.site: the column of the existing table has a nondeterministic collation"
        ),
        (
            "CREATE TABLE visits_daily (site text, day timestamptz)",
            "x.yml:1: rollup: the column \"day\" of the existing table is timestamp with time zone, not date"
        ),
        (
            "CREATE TABLE visits_daily (site text, day date, visits numeric)",
            "x.yml:5: measures.visits: the measure is bigint, but"
        ),
        (
            "CREATE TABLE visits_daily (site text, day date, browsers json)",
            "x.yml:7: measures.browsers: the measure is jsonb, but"
        ),
        (
            "CREATE TABLE visits_daily (site text, day date, bytes_each uuid)",
            "x.yml:9: derived.bytes_each: the expression is bigint, but"
        ),
        (
            "CREATE TABLE visits_daily (site text, day date, visits int, bytes_each int GENERATED ALWAYS AS "
                + "(visits) STORED)",
            "derived.bytes_each: the column \"bytes_each\" of the existing table is generated always"
        ),
        (
            "CREATE TABLE visits_daily (site text, day date, visits int GENERATED ALWAYS AS IDENTITY)",
            "measures.visits: the column \"visits\" of the existing table is generated always"
        ),
        (
            "CREATE TABLE visits_daily (site text, day date, owner text NOT NULL)",
            "the column \"owner\" of the existing table, which the definition does not name, must have a value"
        ),
        (
            "CREATE TABLE visits_daily (site text PRIMARY KEY, day date)",
            "the index \"visits_daily_pkey\" of \"public.visits_daily\" is unique over site, so it would refuse"
        ),
        (
            "CREATE TABLE visits_daily (site text, day date, kind int DEFAULT 1 UNIQUE)",
            "is unique over kind, so it would refuse"
        ),
        (
            "CREATE TABLE visits_daily (site text, day date, visits int, UNIQUE (day, visits))",
            "is unique over day, visits"
        ),
        (
            "CREATE TABLE visits_daily (site text, day date); CREATE UNIQUE INDEX odd ON visits_daily "
                + "(lower(site), day) WHERE day > '2025-01-01'",
            "the index \"odd\" of \"public.visits_daily\" is unique over an expression, day"
        ),
        ("CREATE TABLE visits_daily (site text, day date, EXCLUDE (site WITH =))", "excludes rows by site"),
        (
            "CREATE TABLE visits_daily (site text, day date, part int) PARTITION BY LIST (part)",
            "the table is partitioned by \"part\", which is not part of the key"
        ),
        (
            "CREATE TABLE visits_daily (site text, day date) PARTITION BY LIST (site); CREATE TABLE leaf "
                + "PARTITION OF visits_daily DEFAULT; CREATE UNIQUE INDEX ON leaf (day)",
            "the index \"leaf_day_idx\" of \"public.leaf\" is unique over day"
        ),
        ("CREATE UNLOGGED TABLE visits_daily (site text, day date)", "is an unlogged table"),
        ("CREATE VIEW visits_daily AS TABLE visits", "\"public.visits_daily\" exists already and is not a table"),
        (
            "CREATE TABLE visits_daily (site text, day date); INSERT INTO visits_daily SELECT site, day FROM "
                + "(VALUES ('a', date '2025-01-01'), ('b', '2025-01-01')) v (site, day), generate_series(1, 3)",
            "the existing table has 2 keys that stand in more than one row"
        ),
        (
            "CREATE TABLE visits_daily (site text, day date); INSERT INTO visits_daily VALUES (NULL, "
                + "'2025-01-01'), ('a', '2025-01-01')",
            "dimensions.site: the column \"site\" of the existing table is null in 1 rows"
        ),
        (
            "CREATE TABLE visits_daily (site text, day date); INSERT INTO visits_daily VALUES ('a', NULL)",
            "rollup: the column \"day\" of the existing table is null in 1 rows"
        ),
        (
            "CREATE TABLE visits_daily (day date); INSERT INTO visits_daily VALUES ('2025-01-01')",
            "dimensions.site: the existing table has rows, but no column \"site\""
        ),
        (
            "CREATE TABLE visits_daily (site text); INSERT INTO visits_daily VALUES ('a')",
            "rollup: the existing table has rows, but no column \"day\""
        ),
    ])
    func refused(_ script: String, _ problem: String) async throws {
        let problems = try await problems(script + ";")
        #expect(problems.count == 1 && problems[0].contains(problem), "\(problems)")
    }

    @Test(arguments: [
        "CREATE TABLE visits_daily ()",
        "CREATE TABLE visits_daily (site varchar(20), day date, visits smallint, bytes integer, bytes_each numeric)",
        "CREATE TABLE visits_daily (site text, day date, PRIMARY KEY (day, site))",
        "CREATE TABLE visits_daily (id serial PRIMARY KEY, site text, day date, UNIQUE (site, day))",
        "CREATE TABLE visits_daily (id uuid DEFAULT gen_random_uuid() PRIMARY KEY, site text, day date)",
        "CREATE TABLE visits_daily (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, site text, day date)",
        "CREATE TABLE visits_daily (site text, day date, bytes_each text, id serial, UNIQUE (site, day, id))",
        "CREATE TABLE visits_daily (site text, day date, id int GENERATED ALWAYS AS IDENTITY, note text, at "
            + "timestamptz NOT NULL DEFAULT now())",
        "CREATE TABLE visits_daily (site text, day date) PARTITION BY RANGE (day); CREATE TABLE leaf "
            + "PARTITION OF visits_daily DEFAULT",
        "CREATE TABLE visits_daily (site text, day date); INSERT INTO visits_daily VALUES ('a', "
            + "'2025-01-01'), ('b', '2025-01-01')",
    ])
    func adopted(_ script: String) async throws {
        #expect(try await problems(script + ";") == [])
    }

    @Test func nullableDimensions() async throws {
        let rows = "INSERT INTO visits_daily VALUES (NULL, '2025-01-01')"
        let table = "CREATE TABLE visits_daily (site text, day date);"
        #expect(try await problems(table + rows, ("site: text", "site: text?")) == [])
        let twice = try await problems(table + rows + ";" + rows, ("site: text", "site: text?"))
        #expect(twice.count == 1 && twice[0].contains("1 keys that stand in more than one row"), "\(twice)")
        let notNull = try await problems(
            "CREATE TABLE visits_daily (site text, day date, PRIMARY KEY (site, day))", ("site: text", "site: text?"))
        #expect(notNull.count == 1 && notNull[0].contains("the dimension may be null"), "\(notNull)")
    }

    /// The duplicates' values stay in the database.
    @Test func problemsShowNoRows() async throws {
        let problems = try await problems(
            "CREATE TABLE visits_daily (site text, day date); INSERT INTO visits_daily SELECT 'secret', "
                + "'2025-01-01' FROM generate_series(1, 2)"
        )
        #expect(problems.count == 1 && !problems[0].contains("secret"))
    }

    @Test func schemaOfANewTable() async throws {
        let missing = try await problems("SELECT 1", ("visits_daily", "nowhere.visits_daily"))
        #expect(missing.count == 1 && missing[0].contains("Create it: CREATE SCHEMA \"nowhere\";"), "\(missing)")
        let own = try await problems("CREATE SCHEMA daybook", ("visits_daily", "daybook.visits_daily"))
        #expect(own.count == 1 && own[0].contains("the schema \"daybook\" is not for rollup tables"), "\(own)")
    }
}
