import Foundation
import Logging
import PostgresClient
import Testing

@testable import Daybook

/// What goes and may have been an extreme: asked of the sources where they know, left alone where they do not.
@Suite(.timeLimit(.minutes(5)))
struct RetractionTests {
    private static let extremes =
        "SELECT orders, smallest_order, largest_order, first_buyer FROM orders_daily WHERE shop = 'x'"
    private static let rows = """
        INSERT INTO orders (shop, buyer, placed_at, amount) VALUES
            ('x', 'a', '2025-03-03 10:00Z', 1), ('x', 'b', '2025-03-03 11:00Z', 2), ('x', 'c', '2025-03-03 12:00Z', 3),
            ('x', 'd', '2025-03-03 13:00Z', 4)
        """

    @Test func theNextOneComesFromTheSources() async throws {
        try await FeedFixture.with(Orders.table, [Orders.yaml]) { fixture in
            try await fixture.withEngine { run in
                try await fixture.run(Self.rows)
                try await fixture.settle()
                try await fixture.run("DELETE FROM orders WHERE buyer = 'b'; UPDATE orders SET note = 'x'")
                try await fixture.settle()
                #expect(run.status.retractionsSettled == 0, "nothing at an end has gone")
                try await fixture.run("DELETE FROM orders WHERE buyer = 'a'")
                try await fixture.settle()
                #expect(run.status.retractionsSettled == 1)
                try await fixture.run("UPDATE orders SET amount = 3.5 WHERE amount = 4")
                try await fixture.settle()
                #expect(
                    try await fixture.table(Self.extremes) == """
                        orders | smallest_order | largest_order | first_buyer
                        2      | 3.00           | 3.50          | c
                        """)
                #expect(!run.logLines.contains { $0.hasPrefix("warning") })
            }
            #expect(try await fixture.count("daybook.gaps") == 0)
        }
    }

    /// An update that changes nothing that is used, also of a timestamp's place within its day, logs nothing.
    @Test func whatDoesNotMatterIsNotLogged() async throws {
        try await FeedFixture.with(Orders.table, [Orders.yaml]) { fixture in
            try await fixture.run(Self.rows)
            try await fixture.run("DELETE FROM daybook.events; UPDATE orders SET note = 'seen', items = items")
            #expect(try await fixture.count("daybook.events") == 0)
            try await fixture.run("UPDATE orders SET amount = amount + 1 WHERE buyer = 'd'")
            #expect(
                try await fixture.table("SELECT n, addends FROM daybook.events ORDER BY n") == """
                    n  | addends
                    -1 | {NULL,-400}
                    1  | {NULL,500}
                    """)
        }
    }

    @Test func aSealedDayIsAmended() async throws {
        try await FeedFixture.with(Orders.table + Self.rows + ";", [Orders.yaml]) { fixture in
            try await fixture.withEngine({ $0.sealAt = .seconds(7200) }) { _ in
                try await eventually("the day is sealed") { try await fixture.count("daybook.seals") == 1 }
                try await fixture.run("DELETE FROM orders WHERE buyer IN ('a', 'd')")
                try await fixture.settle()
                #expect(
                    try await fixture.table(Self.extremes) == """
                        orders | smallest_order | largest_order | first_buyer
                        2      | 2.00           | 3.00          | b
                        """)
                #expect(
                    try await fixture.table(
                        "SELECT before->>'first_buyer' AS before, after->>'first_buyer' AS after FROM daybook.amendments"
                    )
                        == """
                        before | after
                        a      | b
                        """)
            }
        }
    }

    /// Retention has taken some of the rows: nobody knows the values that it took, so what was known stays.
    @Test func aThinnedDayKeepsWhatItHas() async throws {
        try await FeedFixture.with(Orders.table + Self.rows + ";", [Orders.yaml]) { fixture in
            try await fixture.withEngine { run in
                try await fixture.settle()
                try await fixture.run(
                    """
                    BEGIN; SET LOCAL daybook.retention = on; DELETE FROM orders WHERE buyer IN ('a', 'b'); COMMIT;
                    DELETE FROM orders WHERE buyer = 'd';
                    """)
                try await fixture.settle()
                #expect(
                    try await fixture.table(Self.extremes) == """
                        orders | smallest_order | largest_order | first_buyer
                        3      | 1.00           | 4.00          | a
                        """)
                #expect(!run.logLines.contains { $0.hasPrefix("warning") || $0.hasPrefix("error") })
            }
            #expect(try await fixture.drift() == 0)
        }
    }

    /// Rows that went without a word: an open day follows its sources, with a gap that says so.
    @Test func lostRowsAreNoticedOnTheWay() async throws {
        try await FeedFixture.with(Orders.table, [Orders.yaml]) { fixture in
            try await fixture.run(Self.rows)
            try await fixture.withEngine { _ in
                try await fixture.settle()
                try await fixture.run(
                    """
                    BEGIN; SET LOCAL session_replication_role = replica; ALTER TABLE orders DISABLE TRIGGER USER;
                    DELETE FROM orders WHERE buyer = 'b'; ALTER TABLE orders ENABLE ALWAYS TRIGGER daybook_insert;
                    ALTER TABLE orders ENABLE ALWAYS TRIGGER daybook_update; ALTER TABLE orders ENABLE ALWAYS TRIGGER daybook_delete;
                    ALTER TABLE orders ENABLE ALWAYS TRIGGER daybook_truncate; COMMIT;
                    DELETE FROM orders WHERE buyer = 'a';
                    """)
                try await eventually("the row follows") { try await fixture.orderDifferences() == 0 }
            }
        }
    }
}
