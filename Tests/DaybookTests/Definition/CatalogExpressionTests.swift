import PostgresClient
import Testing

@testable import Daybook

/// Which expressions and types the catalog checks take, and what they say of the others.
struct CatalogExpressionTests {
    /// A change to the sample, and what a problem must then contain.
    typealias Case = (piece: String, replacement: String, problem: String)

    private func check(_ cases: [Case], _ fixture: CatalogFixture) async throws {
        for (piece, replacement, problem) in cases {
            let problems = try await fixture.problems(SampleDefinition.replacing((piece, replacement)))
            #expect(problems.count == 1, "\(replacement): \(problems)")
            #expect(problems.contains { $0.contains(problem) }, "\(replacement): \(problems)")
        }
    }

    private static let expressionMistakes: [Case] = [
        (
            "bytes: size", "bytes: sized",
            "x.yml:17: events.visit.values.bytes: column \"sized\" does not exist. Did you mean \"size\"? "
                + "Name a column of visits; it has: site, size"
        ),
        ("site: site", "site: 'reddit'", "For a text write it in SQL quotes inside YAML quotes: \"'reddit'\"."),
        ("bytes: size", "bytes: size +", "syntax error"),
        ("bytes: size", "bytes: size, 1", "the expression yields no single value"),
        ("bytes: size", "bytes: size as x", "syntax error"),
        ("bytes: size", "bytes: select 1", "cannot use subquery in an expression of a definition"),
        ("bytes: size", "bytes: (select 1)", "without subqueries"),
        ("bytes: size", "bytes: sum(size)", "aggregate functions are not allowed in an expression of a definition"),
        ("bytes: size", "bytes: rank() over ()", "window functions are not allowed"),
        ("bytes: size", "bytes: generate_series(1, 2)", "set-returning functions are not allowed"),
        ("bytes: size", "bytes: double(size)", "write the schema before any other"),
        ("bytes: size", "bytes: (random() * 10)::int", "the expression is not immutable"),
        ("bytes: size", "bytes: other.size", "The expression sees one row of visits and no other table."),
        ("bytes: size", "bytes: visits", "the expression yields no single value"),
        ("bytes: size", "bytes: xmin::text::bigint", "column \"xmin\" does not exist"),
        ("bytes: size", "bytes: tableoid::bigint", "column \"tableoid\" does not exist"),
        (
            "bytes: size", "bytes: price",
            "events.visit.values.bytes: the expression is numeric(10,2). A sum is of smallint"
        ),
        ("bytes: size", "bytes: ratio", "the expression is double precision"),
        ("bytes: size", "bytes: '''5'''", "the expression is text"),
        ("bytes: size", "bytes: '''x''::int'", "invalid input syntax for type integer"),
        ("at: seen_at", "at: site", "events.visit.at: the expression is text. Write one that yields date"),
        ("at: seen_at", "at: now()", "not immutable"),
        ("at: seen_at", "at: seen_at::date", "For a timestamptz give the zone: (x AT TIME ZONE 'UTC')::date."),
        ("where: not is_robot", "where: size", "events.visit.where: the condition is integer"),
        ("browser: agent", "browser: size", "the label is integer. Cast it to text: size::text."),
        ("browser: agent", "browser: note", "the label is jsonb"),
        ("browser: agent", "browser: loose", "nondeterministic collation"),
        ("site: site", "site: loose", "nondeterministic collation"),
        (
            "site: site", "site: size + 1",
            "but the dimension is text. Cast it, (size + 1)::text, or declare the dimension as integer."
        ),
        (
            "bytes / nullif(visits, 0)", "bites",
            "derived.bytes_each: column \"bites\" does not exist. Did you mean \"bytes\"?"
        ),
        ("bytes / nullif(visits, 0)", "size", "Name a column of the measures; it has: visits, bytes, browsers."),
        ("bytes / nullif(visits, 0)", "now()", "derived.bytes_each: the expression is not immutable"),
        ("bytes / nullif(visits, 0)", "sum(bytes)", "aggregate functions are not allowed"),
    ]

    @Test func mistakesInExpressions() async throws {
        try await CatalogFixture.with(CatalogFixture.visits) { fixture in
            let before = try await fixture.catalogDigest()
            try await check(Self.expressionMistakes, fixture)
            #expect(try await fixture.catalogDigest() == before)
        }
    }

    @Test func expressionsTaken() async throws {
        let taken = [
            ("bytes: size", "bytes: twice"), ("bytes: size", "bytes: app.double(size)"),
            ("bytes: size", "bytes: visits.size"),
            ("bytes: size", "bytes: 0 -- nothing"), ("bytes: size", "bytes: small"), ("bytes: size", "bytes: big"),
            ("at: seen_at", "at: local_at"), ("at: seen_at", "at: seen_on"),
            ("at: seen_at", "at: (seen_at at time zone 'UTC')::date"),
            ("site: site", "site: '\"Odd \"\"name\"'"), ("site: site", "site: short"), ("site: site", "site: host"),
            ("site: site", "site: loose collate \"C\""), ("site: site", "site: trim_scale(price)::text"),
            ("site: site", "site: \"'reddit'\""), ("site: site", "site: null"), ("browser: agent", "browser: mood"),
            ("browser: agent", "browser: host"), ("where: not is_robot", "where: true"),
            ("bytes / nullif(visits, 0)", "visits_daily.bytes"),
            ("bytes / nullif(visits, 0)", "jsonb_array_length(browsers)"),
        ]
        try await CatalogFixture.with(CatalogFixture.visits) { fixture in
            for (piece, replacement) in taken {
                let problems = try await fixture.problems(SampleDefinition.replacing((piece, replacement)))
                #expect(problems.isEmpty, "\(replacement): \(problems)")
            }
        }
    }

    /// A declared type, an expression, and how Postgres calls the type.
    private static let types: [(String, String, String)] = [
        ("smallint", "small", "smallint"), ("integer", "size", "integer"), ("integer", "small", "integer"),
        ("int", "0", "integer"), ("bigint", "size", "bigint"), ("text", "site", "text"),
        ("varchar(10)", "site", "character varying(10)"),
        ("uuid", "key", "uuid"), ("uuid", "\"'00000000-0000-0000-0000-000000000000'\"", "uuid"),
        ("boolean", "is_robot", "boolean"),
        ("date", "seen_on", "date"), ("date", "\"'2025-01-31'\"", "date"),
        ("timestamp", "local_at", "timestamp without time zone"),
        ("timestamptz", "seen_at", "timestamp with time zone"), ("app.mood", "mood", "app.mood"),
        ("app.mood", "\"'calm'\"", "app.mood"),
        ("oid", "size", "oid"), ("name", "site", "name"), ("text", "short", "text"), ("text", "code", "text"),
        ("integer -- a comment", "size", "integer"),
    ]

    @Test func dimensionTypesTaken() async throws {
        try await CatalogFixture.with(CatalogFixture.visits) { fixture in
            for (declared, expression, name) in Self.types {
                let yaml = SampleDefinition.replacing(
                    ("site: text", "site: '\(declared)'"), ("site: site", "site: \(expression)"))
                let problems = try await fixture.problems(yaml)
                #expect(problems.isEmpty, "\(declared): \(problems)")
                guard problems.isEmpty else { continue }
                #expect(try await fixture.resolve(yaml).dimensions[0].type == name)
            }
        }
    }

    /// A declared type, an expression, and what the only problem contains.
    private static let refusedTypes: [(String, String, String)] = [
        (
            "numeric", "price",
            "dimensions.site: numeric cannot be the type of a dimension. Cast it in the expression, trim_scale(x)::text"
        ),
        ("real", "ratio", "real cannot be the type of a dimension"),
        ("char(4)", "code", "character(4) cannot be the type"),
        ("jsonb", "note", "jsonb cannot be the type"), ("text[]", "tags", "text[] cannot be the type"),
        ("app.site_name", "host", "Declare the type that the domain is made of."),
        ("mood", "mood", "the type \"mood\" does not exist. Write its schema: app.mood."),
        ("no_such", "site", "the type \"no_such\" does not exist. Use integer"),
        ("integer default 0", "size", "the type \"integer default 0\" does not exist"),
        ("record", "size", "does not exist"),
        ("integer), (x integer", "size", "does not exist"), ("serial", "size", "does not exist"),
        ("smallint", "size", "the expression is integer, but the dimension is smallint"),
        ("integer", "big", "but the dimension is integer"), ("uuid", "site", "but the dimension is uuid"),
        ("uuid", "\"'x'\"", "but the dimension is uuid"),
        ("app.mood", "site", "but the dimension is app.mood"),
        ("timestamptz", "local_at", "depends on settings of the session"),
        ("text", "mood", "but the dimension is text"),
    ]

    @Test func dimensionTypesRefused() async throws {
        try await CatalogFixture.with(CatalogFixture.visits) { fixture in
            for (declared, expression, problem) in Self.refusedTypes {
                let problems = try await fixture.problems(
                    SampleDefinition.replacing(
                        ("site: text", "site: '\(declared)'"), ("site: site", "site: \(expression)")))
                #expect(problems.count == 1 && problems[0].contains(problem), "\(declared): \(problems)")
            }
        }
    }

    @Test func timeZones() async throws {
        try await CatalogFixture.with(CatalogFixture.visits) { fixture in
            for (zone, problem) in [
                (
                    "Europe/Berln",
                    "x.yml:1: time_zone: the time zone \"Europe/Berln\" is not known to Postgres. Did you "
                        + "mean \"Europe/Berlin\"?"
                ),
                ("UTC+3", "is not known"), ("+02:00", "is not known"), ("x'); DROP", "is not known"),
            ] {
                let problems = try await fixture.problems("time_zone: \(zone)\n" + SampleDefinition.yaml)
                #expect(problems.count == 1 && problems[0].contains(problem), "\(problems)")
            }
            let rollup = try await fixture.resolve("time_zone: europe/berlin\n" + SampleDefinition.yaml)
            #expect(rollup.definition.timeZone == "Europe/Berlin")
        }
    }

    @Test func allProblemsOfAllFilesAtOnce() async throws {
        try await CatalogFixture.with(CatalogFixture.visits) { fixture in
            let problems = try await fixture.problems(
                SampleDefinition.replacing(
                    ("bytes: size", "bytes: sise"), ("at: seen_at", "at: site"), ("site: text", "site: real")),
                SampleDefinition.replacing(
                    ("visits_daily", "other_daily"), ("browser: agent", "browser: size"),
                    ("source: visits", "source: app.visits")))
            #expect(
                problems.map { $0.split(separator: ": ")[0..<2].joined(separator: ": ") } == [
                    "1.yml:3: dimensions.site", "1.yml:13: events.visit.at", "1.yml:17: events.visit.values.bytes",
                    "2.yml:12: events.visit.source",
                ], "\(problems)")
        }
    }
}
