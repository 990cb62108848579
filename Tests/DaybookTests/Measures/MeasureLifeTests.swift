import Foundation
import Logging
import PostgresClient
import Testing

@testable import Daybook

/// Every kind of measure through everything that can happen to a row, on a real Postgres.
@Suite(.timeLimit(.minutes(10)))
struct MeasureLifeTests {
    private func withOrders(_ body: (FeedFixture) async throws -> Void) async throws {
        try await FeedFixture.withOrders(body)
    }

    /// Random statements while an engine counts, which is restarted now and then; nothing has to be repaired.
    @Test(arguments: 1...3)
    func randomChangesAreCounted(seed: Int) async throws {
        var random = SeededGenerator(seed: UInt64(seed))
        try await withOrders { fixture in
            for _ in 0..<4 {
                try await fixture.withEngine { run in
                    for _ in 0..<30 { try await fixture.run(Orders.change(using: &random)) }
                    try await fixture.settle()
                    #expect(try await fixture.orderDifferences() == 0)
                    #expect(!run.logLines.contains { $0.hasPrefix("warning") || $0.hasPrefix("error") })
                }
            }
            #expect(try await fixture.drift() == 0)
            #expect(try await fixture.count("daybook.gaps") == 0)
        }
    }

    /// More events than a small turn takes, grouped by the server.
    @Test func aBacklogIsCountedTheSame() async throws {
        try await withOrders { fixture in
            try await fixture.withEngine { _ in try await fixture.settle() }
            try await fixture.run(
                """
                INSERT INTO orders (shop, buyer, placed_at, items, amount)
                SELECT 'shop ' || i % 3, 'buyer ' || i, timestamptz '2025-03-03 00:00+01' + i * interval '1 minute', 1, i / 3.0
                FROM generate_series(1, 5000) AS i;
                UPDATE orders SET amount = amount + 1 WHERE id % 5 = 0;
                DELETE FROM orders WHERE id % 7 = 0;
                """)
            #expect(try await fixture.count("daybook.events") > FeedReader.smallTurn)
            #expect(try await fixture.drift() == 0)
            try await fixture.withEngine { run in
                try await fixture.settle()
                #expect(!run.logLines.contains { $0.hasPrefix("warning") || $0.hasPrefix("error") })
            }
            let counted = try await fixture.table("SELECT * FROM orders_daily ORDER BY day, shop")
            #expect(try await fixture.drift() == 0)
            let (first, last) = (try #require(PostgresDate("2025-03-03")), try #require(PostgresDate("2025-03-06")))
            let runner = RequestRunner(fixture.settings(), logger: .init(label: "test"))
            _ = try await runner.perform(.backfill, in: first...last) { _ in }
            #expect(try await fixture.table("SELECT * FROM orders_daily ORDER BY day, shop") == counted)
        }
    }

    /// Events that nobody has counted yet are no difference.
    @Test func aDaemonThatLagsIsNoDifference() async throws {
        var random = SeededGenerator(seed: 7)
        try await withOrders { fixture in
            try await fixture.withEngine { _ in try await fixture.settle() }
            for _ in 0..<40 {
                try await fixture.run(Orders.change(using: &random))
                #expect(try await fixture.drift() == 0)
            }
            try await fixture.withEngine { _ in try await fixture.settle() }
            #expect(try await fixture.orderDifferences() == 0)
        }
    }

    @Test(arguments: Orders.mistakes)
    func anAuditFindsAndARepairMends(_ mistake: String) async throws {
        try await withOrders { fixture in
            try await fixture.withEngine { _ in try await fixture.settle() }
            try await fixture.run(
                "UPDATE orders_daily SET \(mistake) WHERE shop = 'shop 1' AND day = '2025-03-04'")
            #expect(try await fixture.drift() == 1)
            let runner = RequestRunner(fixture.settings(), logger: .init(label: "test"))
            let outcome = try await runner.perform(.repair, in: nil) { _ in }
            #expect(outcome.result?.contains("\"repaired\": 1") == true, "\(outcome.result ?? "")")
            #expect(try await fixture.orderDifferences() == 0)
        }
    }

    @Test func aBackfillIsTheSame() async throws {
        try await withOrders { fixture in
            try await fixture.withEngine { _ in try await fixture.settle() }
            let counted = try await fixture.table("SELECT * FROM orders_daily ORDER BY day, shop")
            try await fixture.run(
                "UPDATE orders_daily SET revenue = 0, items = 0, buyers_sketch = '\\x0100', buyers = 0, first_buyer = '', last_sale = now()"
            )
            let (first, last) = (try #require(PostgresDate("2025-03-03")), try #require(PostgresDate("2025-03-06")))
            let runner = RequestRunner(fixture.settings(), logger: .init(label: "test"))
            _ = try await runner.perform(.backfill, in: first...last) { _ in }
            #expect(try await fixture.table("SELECT * FROM orders_daily ORDER BY day, shop") == counted)
        }
    }

    @Test func aSealedDayComesBackFromItsArchive() async throws {
        try await withOrders { fixture in
            let snapshots = "\(fixture.directory)-snapshots"
            defer { try? FileManager.default.removeItem(atPath: snapshots) }
            try await fixture.withEngine({
                $0.snapshotsDirectory = snapshots
                $0.sealAt = .seconds(7200)
            }) { _ in
                try await eventually("the history is sealed") {
                    try await fixture.count("daybook.seals WHERE state = 'sealed' AND verified") == 4
                }
                let day = try #require(PostgresDate("2025-03-04"))
                let rows = "SELECT * FROM orders_daily WHERE day = '2025-03-04' ORDER BY shop"
                let before = try await fixture.table(rows)
                #expect(
                    try await fixture.count(
                        """
                        daybook.seals AS s WHERE day = '2025-03-04' AND totals->>'revenue'
                            = (SELECT sum(revenue)::text FROM orders_daily AS o WHERE o.day = s.day)
                        """) == 1)
                try await expectShown(fixture, snapshots)
                try await fixture.run("DELETE FROM orders_daily WHERE day = '2025-03-04'; DELETE FROM orders")
                let runner = RequestRunner(fixture.settings(), logger: .init(label: "test"))
                _ = try await runner.perform(.restore, in: day...day) { _ in }
                #expect(try await fixture.table(rows) == before)
            }
        }
    }

    /// What `snapshot show` prints of the day's archive says the same as the table.
    private func expectShown(_ fixture: FeedFixture, _ snapshots: String) async throws {
        let file = try #require(SnapshotListing(directory: snapshots).entries.first { $0.path.contains("2025-03-04") })
        let lines = try SnapshotRows.csv(ofFile: file.path, as: try await fixture.rollups())
        #expect(
            lines.first == """
                shop,day,orders,items,revenue,buyers,buyers_sketch,smallest_order,largest_order,first_sale,last_sale,\
                first_buyer,first_buyer_at,last_amount,last_amount_at
                """)
        try await fixture.run("SET TimeZone = 'UTC'")
        let wanted = try await fixture.connection.query(
            """
            SELECT concat_ws(',', shop, day, orders, items, revenue, buyers, buyers_sketch, smallest_order, largest_order,
                first_sale, last_sale, first_buyer, first_buyer_at, last_amount, last_amount_at)
            FROM orders_daily WHERE day = '2025-03-04' ORDER BY shop
            """
        ).map { try $0.decode(String.self) }
        #expect(lines.dropFirst().sorted() == wanted)
    }

    /// Today's file is read at the next start, and what comes after goes on from it.
    @Test func anOpenDayGoesOnFromItsFile() async throws {
        try await withOrders { fixture in
            let snapshots = "\(fixture.directory)-snapshots"
            defer { try? FileManager.default.removeItem(atPath: snapshots) }
            try await fixture.run(
                "UPDATE orders SET placed_at = date_trunc('day', now(), 'Europe/Berlin') + id * interval '1 second'")
            for round in 1...3 {
                try await fixture.withEngine({ $0.snapshotsDirectory = snapshots }) { run in
                    try await fixture.settle()
                    try await fixture.run(
                        "DELETE FROM orders WHERE id % 20 = \(round); UPDATE orders SET amount = amount * 2 WHERE id % 19 = \(round)"
                    )
                    try await fixture.settle()
                    #expect(try await fixture.orderDifferences() == 0)
                    if round > 1 { #expect(run.status.daysLoadedFromFiles > 0) }
                }
            }
        }
    }

    @Test func aNumberIsExplained() async throws {
        try await withOrders { fixture in
            try await fixture.withEngine { _ in try await fixture.settle() }
            try await fixture.run("UPDATE orders SET amount = amount + 0.05 WHERE shop = 'shop 1'")
            let found = try await fixture.withSession { session in
                try await Explainer(on: session).explain(
                    "orders_daily", day: try #require(PostgresDate("2025-03-04")), key: ["shop": "shop 1"],
                    definitions: DefinitionLoader.load(directory: fixture.directory)
                )
            }
            #expect(found.isEqual == true)
            let revenue: String = try await fixture.value(
                """
                SELECT coalesce(sum(round(amount, 2)), 0)::text FROM orders
                WHERE shop = 'shop 1' AND (placed_at AT TIME ZONE 'Europe/Berlin')::date = '2025-03-04'
                """)
            #expect(found.sourcesSay?.contains("\"revenue\": \(revenue)") == true, "\(found.sourcesSay ?? "")")
        }
    }
}
