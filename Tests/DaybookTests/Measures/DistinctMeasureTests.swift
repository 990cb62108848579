import Logging
import PostgresClient
import Testing

@testable import Daybook

/// Different values beyond what is counted one by one, on a real Postgres.
@Suite(.timeLimit(.minutes(5)))
struct DistinctMeasureTests {
    private static func orders(_ numbers: ClosedRange<Int>) -> String {
        """
        INSERT INTO orders (shop, buyer, placed_at, amount)
        SELECT 'x', 'buyer ' || i, timestamptz '2025-03-03 10:00Z' + i % 3 * interval '1 day', 1
        FROM generate_series(\(numbers.lowerBound), \(numbers.upperBound)) AS i;
        """
    }
    private static let kept = "SELECT day, buyers, md5(buyers_sketch) FROM orders_daily ORDER BY day"

    private func backfill(_ fixture: FeedFixture) async throws {
        let (first, last) = (try #require(PostgresDate("2025-03-03")), try #require(PostgresDate("2025-03-06")))
        let runner = RequestRunner(fixture.settings(), logger: .init(label: "test"))
        _ = try await runner.perform(.backfill, in: first...last) { _ in }
    }

    /// Counted bit by bit, in many turns, and computed at once: the same sketches, to the last bit.
    @Test func countedAndComputedAreTheSame() async throws {
        try await FeedFixture.with(Orders.table, [Orders.yaml]) { fixture in
            try await fixture.withEngine { run in
                for start in stride(from: 1, through: 6_000, by: 500) {
                    try await fixture.run(Self.orders(start...start + 599))
                    try await fixture.settle()
                }
                #expect(run.status.retractionsSettled == 0)
            }
            let counted = try await fixture.table(Self.kept)
            #expect(try await fixture.drift() == 0)
            try await backfill(fixture)
            #expect(try await fixture.table(Self.kept) == counted)
            let errors: Double = try await fixture.value(
                """
                SELECT max(abs(o.buyers / t.n - 1))::float8 FROM orders_daily AS o JOIN (
                    SELECT (placed_at AT TIME ZONE 'UTC')::date AS day, count(DISTINCT buyer)::float8 AS n FROM orders GROUP BY 1
                ) AS t ON t.day = o.day
                """)
            #expect(errors > 0 && errors < 5 * HyperLogLog.standardError)
        }
    }

    /// What goes from an estimate is asked of the sources, and a set that has become small is exact again.
    @Test func whatGoesFromAnEstimateIsAsked() async throws {
        try await FeedFixture.with(Orders.table + Self.orders(1...3_000), [Orders.yaml]) { fixture in
            try await fixture.withEngine { run in
                try await fixture.settle()
                try await fixture.run("UPDATE orders SET amount = 2, note = 'x' WHERE id % 100 = 0")
                try await fixture.settle()
                try await fixture.run("DELETE FROM orders WHERE id % 10 > 0")
                try await fixture.settle()
                #expect(run.status.retractionsSettled > 0)
                #expect(
                    try await fixture.table(
                        "SELECT day, buyers, get_byte(buyers_sketch, 1) AS form FROM orders_daily ORDER BY day")
                            == """
                            day        | buyers | form
                            2025-03-03 | 100    | 0
                            2025-03-04 | 100    | 0
                            2025-03-05 | 100    | 0
                            """)
                #expect(!run.logLines.contains { $0.hasPrefix("warning") })
            }
            let counted = try await fixture.table(Self.kept)
            try await backfill(fixture)
            #expect(try await fixture.table(Self.kept) == counted)
            #expect(
                try await fixture.value(
                    "SELECT daybook.distinct_union_count(array_agg(buyers_sketch)) FROM orders_daily", as: Int.self)
                    == 300)
        }
    }
}
