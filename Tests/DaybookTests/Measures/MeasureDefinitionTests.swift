import PostgresClient
import Testing

@testable import Daybook

/// What a definition may say of measures, and what is said of one that says something else.
struct MeasureDefinitionTests {
    private static let table = """
        CREATE TYPE mood AS ENUM ('calm', 'wild');
        CREATE TABLE things (
            id serial, site text, at timestamptz, day date, size integer, price numeric(10,3), weight float8, data jsonb, mood mood,
            key uuid
        );
        """

    private static func yaml(_ measure: String, _ value: String) -> String {
        """
        rollup: things_daily
        dimensions:
          site: text
        measures:
          things: count
          m: \(measure)
        events:
          thing:
            source: things
            at: at
            values:
              site: site
              m: \(value)
        """
    }

    private func problem(_ yaml: String, _ tables: String = "") async throws -> String? {
        var found: String?
        try await FeedFixture.with(Self.table + tables, [yaml], installed: false) { fixture in
            do {
                _ = try await fixture.rollups()
            } catch let error as DefinitionError {
                found = error.description
            }
        }
        return found
    }

    @Test(
        arguments: [
            ("min integer", "size", "integer"), ("max", "size", "bigint"),
            ("min numeric(12,3)", "price", "numeric(12,3)"),
            ("max date", "day", "date"), ("min timestamptz", "at", "timestamp with time zone"),
            ("first", "site", "text"),
            ("last public.mood", "mood", "public.mood"), ("first numeric(12, 2)", "price", "numeric(12,2)"),
            ("last uuid", "key", "uuid"), ("distinct", "size", "bigint"), ("distinct", "mood", "bigint"),
            ("distinct", "key", "bigint"), ("sum numeric(12,3)", "price", "numeric(38,3)"),
        ])
    func columnsHaveTheTypeOfTheirValues(_ measure: String, _ value: String, _ type: String) async throws {
        try await FeedFixture.with(Self.table, [Self.yaml(measure, value)]) { fixture in
            #expect(try await fixture.rollups()[0].measures[1].type == type)
            try await fixture.withEngine { _ in
                try await fixture.run(
                    """
                    INSERT INTO things (site, at, day, size, price, mood, key) VALUES
                        ('a', '2025-03-03', '2025-03-03', 7, 1.005, 'wild', '00000000-0000-0000-0000-000000000007'),
                        ('a', '2025-03-03', NULL, NULL, NULL, NULL, NULL)
                    """)
                try await fixture.settle()
            }
            #expect(try await fixture.count("things_daily WHERE things = 2 AND m IS NOT NULL") == 1)
            #expect(try await fixture.drift() == 0)
        }
    }

    @Test(
        arguments: [
            ("min integer", "site", "the expression is text, but the measure is of integer"),
            ("max numeric(10,2)", "weight", "(10,2)"),
            ("min date", "at", "the expression is timestamp with time zone, but the measure is of date"),
            ("first jsonb", "data", "jsonb cannot be the type of a measure that keeps a value"),
            ("last nothing", "site", "the type \"nothing\" does not exist"),
            ("first integer", "site", "the expression is text, but the measure is integer"),
            ("distinct", "at", "the text of timestamp with time zone depends on settings"),
            ("sum numeric(10,2)", "weight", "the expression is double precision"),
        ])
    func mistakesAreExplained(_ measure: String, _ value: String, _ message: String) async throws {
        let found = try await problem(Self.yaml(measure, value))
        #expect(found?.contains(message) == true, "\(found ?? "nothing")")
    }

    @Test func whatIsKeptBesideNeedsItsName() async throws {
        let both = Self.yaml("first", "site").replacing("  things: count", with: "  things: count\n  m_at: count")
        let found = try await problem(both)
        #expect(found?.contains("the column \"m_at\" is already a measure") == true, "\(found ?? "nothing")")
    }

    @Test func existingColumnsHaveToFit() async throws {
        let wrong = try await problem(
            Self.yaml("min numeric(12,3)", "price"),
            "CREATE TABLE things_daily (site text, day date, things bigint, m numeric(12,2));")
        #expect(
            wrong?.contains("the measure is numeric(12,3), but the column of the existing table is numeric(12,2)")
                == true)
        let beside = try await problem(
            Self.yaml("distinct", "size"),
            "CREATE TABLE things_daily (site text, day date, things bigint, m bigint, m_sketch text);")
        #expect(beside?.contains("\"m_sketch\", which is kept beside the measure, is bytea") == true, "\(beside ?? "")")
        let fitting = try await problem(
            Self.yaml("min numeric(12,3)", "price"),
            "CREATE TABLE things_daily (site text, day date, things bigint, m numeric(20,6));")
        #expect(fitting == nil)
    }
}
