import Foundation
import HTTPTypes
import PostgresClient
import Testing

@testable import Daybook
@testable import DaybookServer

/// What the API says of measures that do not add up, over a real Postgres.
struct MeasureAnswerTests {
    private static let tables = """
        CREATE TABLE orders (id serial PRIMARY KEY, shop text NOT NULL, buyer text, at timestamptz, amount numeric);
        """

    private static let definition = """
        rollup: orders_daily
        dimensions:
          shop: text
        measures:
          orders: count
          revenue: sum numeric(20,2)
          buyers: distinct
          largest: max numeric(20,2)
          first_sale: min timestamptz
          last_buyer: last text
        derived:
          each: round(revenue / nullif(orders, 0), 2)
        events:
          order:
            source: orders
            at: at
            values:
              shop: shop
              revenue: amount
              buyers: buyer
              largest: amount
              first_sale: at
              last_buyer: buyer
        """

    private static let rows = """
        INSERT INTO orders (shop, buyer, at, amount) VALUES
            ('a', 'x', '2026-01-01 10:00+00', 1.10), ('a', '=y', '2026-01-01 11:00+00', 2.25),
            ('b', 'x', '2026-01-02 10:00+00', 5), ('b', NULL, '2026-01-02 12:00+00', NULL),
            ('a', 'z', '2026-01-03 10:00+00', 10), ('a', 'x', '2026-01-03 09:00+00', 0.05);
        """

    private static let paths = [
        "/api/rollups/orders_daily?from=2026-01-01&to=2026-01-05&sort=-largest",
        "/api/rollups/orders_daily/summary?from=2026-01-01&to=2026-01-03",
        "/api/rollups/orders_daily/series?from=2026-01-01&to=2026-01-04",
        "/api/rollups/orders_daily/top?from=2026-01-01&to=2026-01-04&by=shop&measure=buyers",
        "/api/rollups",
    ]

    private func with(_ body: (ServerFixture) async throws -> Void) async throws {
        try await ServerFixture.with(Self.tables, [Self.definition], body)
    }

    private func facts(_ fixture: ServerFixture, _ path: String) async throws -> String {
        let answer = try await fixture.get(path)
        #expect(answer.status == .ok, "\(path): \(answer.body)")
        var json = try answer.json
        json["freshness"] = nil
        return String(decoding: try JSONSerialization.data(withJSONObject: json, options: .sortedKeys), as: UTF8.self)
    }

    @Test func memoryAndTablesGiveTheSameAnswers() async throws {
        try await with { fixture in
            var before: [String] = []
            try await fixture.withEngine { engine in
                try await fixture.run(Self.rows)
                try await fixture.run("DELETE FROM orders WHERE buyer = 'z'")
                try await fixture.counted(by: engine)
                #expect(fixture.live.overlay.rowCount == 3)
                for path in Self.paths { before.append(try await facts(fixture, path)) }
            }
            #expect(fixture.live.overlay.rowCount == 0)
            for (path, facts) in zip(Self.paths, before) { #expect(try await self.facts(fixture, path) == facts) }
        }
    }

    @Test func differentValuesOfSeveralDaysAreCountedOnce() async throws {
        try await with { fixture in
            try await fixture.run(Self.rows)
            try await fixture.withEngine { _ in }
            let summary = try await fixture.get(Self.paths[1]).body
            #expect(summary.contains("\"orders\":6,\"revenue\":18.40,\"buyers\":3,\"largest\":10.00"), "\(summary)")
            #expect(summary.contains("\"first_sale\":\"2026-01-01T10:00:00+00:00\",\"last_buyer\":\"z\""), "\(summary)")
            #expect(summary.contains("\"last_buyer_at\":\"2026-01-03T10:00:00+00:00\",\"each\":3.07"), "\(summary)")
            let series = try await fixture.get(Self.paths[2]).body
            #expect(
                series.contains("\"day\":\"2026-01-04\",\"orders\":0,\"revenue\":0.00,\"buyers\":0,\"largest\":null"))
            let top = try await fixture.get(Self.paths[3]).body
            #expect(top.contains("\"shop\":\"a\",\"orders\":4,\"revenue\":13.40,\"buyers\":3"), "\(top)")
        }
    }

    @Test func aMonthOfManyIsAsGoodAsItsErrorSays() async throws {
        try await with { fixture in
            try await fixture.run(
                """
                INSERT INTO orders (shop, buyer, at, amount)
                SELECT 'a', 'buyer ' || (i * 7919) % 5000, timestamptz '2026-01-01' + i % 30 * interval '1 day', 1
                FROM generate_series(1, 60000) AS i
                """)
            try await fixture.withEngine { _ in }
            let answer = try await fixture.get("/api/rollups/orders_daily/summary?from=2026-01-01&to=2026-01-30").json
            let totals = try #require(answer["totals"] as? [String: Any])
            let buyers = try #require(totals["buyers"] as? Int)
            #expect(abs(Double(buyers) / 5000 - 1) < 4 * HyperLogLog.standardError)
            let list = try await fixture.get("/api/rollups").body
            #expect(list.contains("\"kind\":\"distinct\",\"exact_up_to\":512,\"standard_error\":0.016"))
        }
    }

    /// Bytes that say nothing are shown nowhere, and text from outside is no formula.
    @Test func filesHaveTheColumnsThatAreShown() async throws {
        try await with { fixture in
            try await fixture.run(Self.rows)
            try await fixture.withEngine { _ in }
            let file = try await fixture.get("/api/rollups/orders_daily?from=2026-01-01&to=2026-01-01&format=csv").body
            #expect(
                file.hasPrefix("day,shop,orders,revenue,buyers,largest,first_sale,last_buyer,last_buyer_at,each\r\n"))
            #expect(
                file.contains("2026-01-01,a,2,3.35,2,2.25,2026-01-01 10:00:00+00,'=y,2026-01-01 11:00:00+00,1.68\r\n"),
                "\(file)")
            #expect(!(try await fixture.get(Self.paths[0]).body).contains("sketch"))
        }
    }
}
