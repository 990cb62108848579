import Foundation
import PostgresClient
import Testing

@testable import Daybook

/// Orders of shops: every kind of measure, and what its rows should be by a query that shares nothing with Daybook's
/// own.
enum Orders {
    static let table = """
        CREATE TABLE orders (
            id serial PRIMARY KEY, shop text NOT NULL, buyer text, placed_at timestamptz, items integer,
            amount numeric, status text NOT NULL DEFAULT 'placed', note text
        );
        """

    static let yaml = """
        rollup: orders_daily
        title: Orders
        time_zone: Europe/Berlin
        dimensions:
          shop: text
        measures:
          orders: count
          items: sum
          revenue: sum numeric(20,2)
          buyers: distinct
          smallest_order: min numeric(20,2)
          largest_order: max numeric(20,2)
          first_sale: min timestamptz
          last_sale: max timestamptz
          first_buyer: first text
          last_amount: last numeric(20,2)
        derived:
          average_price: round(revenue / nullif(items, 0), 4)
        events:
          order:
            source: orders
            at: placed_at
            where: status <> 'cancelled'
            values:
              shop: shop
              items: items
              revenue: amount
              buyers: buyer
              smallest_order: amount
              largest_order: amount
              first_sale: placed_at
              last_sale: placed_at
              first_buyer: buyer
              last_amount: amount
        """

    static let differences = """
        WITH placed AS (
            SELECT *, (placed_at AT TIME ZONE 'Europe/Berlin')::date AS day, round(amount, 2) AS price FROM orders
            WHERE status <> 'cancelled' AND isfinite(placed_at)
        ), truth AS (
            SELECT shop, day, count(*) AS orders, coalesce(sum(items), 0) AS items,
                coalesce(sum(price), 0)::numeric(38,2) AS revenue,
                count(DISTINCT buyer) AS buyers, min(price) AS smallest_order, max(price) AS largest_order,
                min(placed_at) AS first_sale, max(placed_at) AS last_sale,
                (array_agg(buyer ORDER BY placed_at, buyer COLLATE "C") FILTER (WHERE buyer IS NOT NULL))[1] AS first_buyer,
                min(placed_at) FILTER (WHERE buyer IS NOT NULL) AS first_buyer_at,
                (array_agg(price ORDER BY placed_at DESC, price::text COLLATE "C" DESC)
                    FILTER (WHERE price IS NOT NULL))[1] AS last_amount,
                max(placed_at) FILTER (WHERE price IS NOT NULL) AS last_amount_at,
                round(coalesce(sum(price), 0) / nullif(coalesce(sum(items), 0), 0), 4) AS average_price
            FROM placed GROUP BY shop, day
        ), kept AS (
            SELECT shop, day, orders, items, revenue, buyers, smallest_order, largest_order, first_sale, last_sale,
                first_buyer, first_buyer_at, last_amount, last_amount_at, average_price
            FROM orders_daily
        )
        (TABLE truth EXCEPT ALL TABLE kept) UNION ALL (TABLE kept EXCEPT ALL TABLE truth)
        """

    /// Columns with something wrong to put into them.
    static let mistakes = [
        "items = 0", "revenue = 0.5", "average_price = 0.5", "buyers = 1", "buyers_sketch = '\\x0100', buyers = 0",
        "smallest_order = smallest_order + 0.01", "largest_order = NULL",
        "first_sale = first_sale + interval '1 microsecond'",
        "last_sale = 'infinity'", "first_buyer = 'nobody'", "first_buyer_at = NULL", "last_amount = 0.5",
        "last_amount_at = last_amount_at - interval '1 second'",
    ]

    /// A row for each number, on four days and in three shops.
    static func insert(_ numbers: ClosedRange<Int>) -> String {
        """
        INSERT INTO orders (shop, buyer, placed_at, items, amount)
        SELECT 'shop ' || i % 3, CASE WHEN i % 13 > 0 THEN 'buyer ' || i * 7 % 40 END,
            timestamptz '2025-03-03 00:00+01' + i * 433 % 5760 * interval '1 minute',
            CASE WHEN i % 11 > 0 THEN i % 5 END, CASE WHEN i % 7 > 0 THEN i * 1.375 END
        FROM generate_series(\(numbers.lowerBound), \(numbers.upperBound)) AS i;
        """
    }

    /// A change at random: of one row or of many, of what counts or of what does not.
    static func change(using random: inout SeededGenerator) -> String {
        let id = Int.random(in: 1...200, using: &random)
        let some = "WHERE id % 17 = \(id % 17)"
        let hour = Int.random(in: 0..<96, using: &random)
        return switch Int.random(in: 0..<12, using: &random) {
        case 0: "UPDATE orders SET amount = amount + 0.01 WHERE id = \(id)"
        case 1: "UPDATE orders SET amount = -amount \(some)"
        case 2: "UPDATE orders SET note = 'seen' \(some)"
        case 3:
            "UPDATE orders SET status = CASE status WHEN 'placed' THEN 'cancelled' ELSE 'placed' END WHERE id = \(id)"
        case 4: "DELETE FROM orders WHERE id = \(id)"
        case 5: "DELETE FROM orders WHERE id = (SELECT id FROM orders ORDER BY amount DESC NULLS LAST, id LIMIT 1)"
        case 6: "DELETE FROM orders WHERE id = (SELECT id FROM orders ORDER BY placed_at, id LIMIT 1)"
        case 7:
            "UPDATE orders SET placed_at = timestamptz '2025-03-03 00:00+01' + interval '\(hour) hours' WHERE id = \(id)"
        case 8: "UPDATE orders SET buyer = 'buyer \(id)' \(some)"
        case 9: "UPDATE orders SET shop = 'shop ' || (id + \(id)) % 3 \(some)"
        case 10: insert(id...id + 3)
        default:
            "BEGIN; \(insert(id...id)) DELETE FROM orders WHERE id = (SELECT max(id) FROM orders); SAVEPOINT a; DELETE FROM orders; ROLLBACK TO a; COMMIT"
        }
    }
}

extension FeedFixture {
    static func withOrders(_ body: (FeedFixture) async throws -> Void) async throws {
        try await with(Orders.table + Orders.insert(1...200), [Orders.yaml], body)
    }

    /// The rows in which `orders_daily` is not what `orders` says, drawn; only the head when there are none.
    func orderDifferences() async throws -> Int { try await count("(\(Orders.differences)) AS d") }

    /// How many keys an audit finds different.
    func drift() async throws -> Int {
        try await withSession { session in
            try await Auditor(on: session).audit(DefinitionLoader.load(directory: directory)).reduce(0) {
                $0 + $1.different
            }
        }
    }
}
