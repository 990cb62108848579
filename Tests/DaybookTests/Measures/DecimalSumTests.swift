import PostgresClient
import Testing

@testable import Daybook

/// Sums of `numeric`: exact to the last digit, also where 64 bits of the smallest unit do not reach.
struct DecimalSumTests {
    private static func yaml(_ kind: String) -> String {
        """
        rollup: sums_daily
        dimensions:
          site: text
        measures:
          n: count
          total: \(kind)
        events:
          one:
            source: sums
            at: at
            values:
              site: site
              total: amount
        """
    }
    private static let table = "CREATE TABLE sums (id serial, site text, at date DEFAULT '2025-03-03', amount numeric);"

    @Test func sumsBeyond64BitsAreExact() async throws {
        try await FeedFixture.with(Self.table, [Self.yaml("sum numeric(18,2)")]) { fixture in
            try await fixture.withEngine { _ in
                try await fixture.run(
                    "INSERT INTO sums (site, amount) SELECT 'a', 9999999999999999.99 FROM generate_series(1, 5000)")
                try await fixture.run("INSERT INTO sums (site, amount) VALUES ('a', -0.005), ('a', NULL), ('b', 1.005)")
                try await fixture.settle()
            }
            #expect(
                try await fixture.table("SELECT site, n, total FROM sums_daily ORDER BY site") == """
                    site | n    | total
                    a    | 5002 | 49999999999999999949.99
                    b    | 1    | 1.01
                    """)
            #expect(try await fixture.drift() == 0)
        }
    }

    @Test func anAdoptedColumnKeepsItsType() async throws {
        let existing = "CREATE TABLE sums_daily (site text, day date, n bigint, total numeric(6,3));"
        try await FeedFixture.with(Self.table + existing, [Self.yaml("sum numeric(20,2)")]) { fixture in
            #expect(try await fixture.rollups()[0].measures[1].type == "numeric(6,3)")
            try await fixture.withEngine { _ in
                try await fixture.run(
                    "INSERT INTO sums (site, amount) VALUES ('a', 999.99), ('b', 999.99), ('b', 0.01)")
                try await fixture.settle()
            }
            #expect(
                try await fixture.table("SELECT site, n, total FROM sums_daily") == """
                    site | n | total
                    a    | 1 | 999.990
                    """)
            #expect(
                try await fixture.value("SELECT reason FROM daybook.parked", as: String.self)
                    == "total beyond numeric(6,3)")
        }
    }

    @Test func aColumnThatIsLessExactIsRefused() async throws {
        let existing = "CREATE TABLE sums_daily (site text, day date, n bigint, total numeric(10,1));"
        try await FeedFixture.with(Self.table + existing, [Self.yaml("sum numeric(20,2)")], installed: false) {
            fixture in
            let error = await #expect(throws: DefinitionError.self) { try await fixture.rollups() }
            #expect(
                error?.description.contains(
                    "the measure is numeric(38,2), but the column of the existing table is numeric(10,1)") == true)
        }
    }

    @Test func aValueThatIsNoNumberIsRefused() async throws {
        try await FeedFixture.with(
            Self.table.replacing("amount numeric", with: "amount double precision"), [Self.yaml("sum numeric(20,2)")],
            installed: false
        ) { fixture in
            let error = await #expect(throws: DefinitionError.self) { try await fixture.rollups() }
            #expect(error?.description.contains("amount::numeric") == true)
        }
    }
}
