import PostgresClient
import Testing

@testable import Daybook

/// A partitioned source with odd names, whose leaves have their columns in other orders.
///
///     "we ird""name" ┬ leaf_1 (2024-05, columns reversed, one dropped)
///                    └ "Sub tree" (2024-06) ─ leaf_2
struct CapturePartitionTests {
    private static let tables = """
        CREATE TABLE "we ird""name" (
            id integer, "site col" text, "At" timestamptz NOT NULL, bytes integer, "select" text
        ) PARTITION BY RANGE ("At");
        CREATE TABLE leaf_1 ("select" text, gone integer, bytes integer, "At" timestamptz NOT NULL, "site col" text, id integer);
        ALTER TABLE leaf_1 DROP COLUMN gone;
        ALTER TABLE "we ird""name" ATTACH PARTITION leaf_1 FOR VALUES FROM ('2024-05-01 00:00+00') TO ('2024-06-01 00:00+00');
        CREATE TABLE "Sub tree" PARTITION OF "we ird""name"
            FOR VALUES FROM ('2024-06-01 00:00+00') TO ('2024-07-01 00:00+00') PARTITION BY LIST ("site col");
        CREATE TABLE leaf_2 PARTITION OF "Sub tree" DEFAULT;
        """

    private static let yaml = #"""
        rollup: odd_daily
        dimensions:
          "the site": text?
        measures:
          visits: count
          bytes: sum
          choices: count by choice
        events:
          visit:
            source: '"we ird""name"'
            at: '"At"'
            values:
              "the site": '"site col"'
              bytes: bytes
              choice: '"select"'
        """#

    private func withFixture(_ body: (FeedFixture) async throws -> Void) async throws {
        try await FeedFixture.with(Self.tables, [Self.yaml]) { fixture in
            try await fixture.run(
                """
                INSERT INTO "we ird""name" VALUES
                    (1, 'a', '2024-05-01 12:00+00', 10, 'x'), (2, 'b', '2024-06-01 12:00+00', 20, 'y')
                """)
            try await body(fixture)
        }
    }

    @Test func throughTheRoot() async throws {
        try await withFixture { fixture async throws in
            #expect(
                try await fixture.events(
                    after: """
                        INSERT INTO "we ird""name" VALUES (3, 'c', '2024-05-02 12:00+00', 1, 'x'), (4, 'd', '2024-06-02 12:00+00', 2, 'x');
                        UPDATE "we ird""name" SET bytes = bytes + 100 WHERE id <= 2
                        """) == """
                        day        | key | labels | n | bytes
                        2024-05-01 | a   | x      | 0 | 100
                        2024-05-02 | c   | x      | 1 | 1
                        2024-06-01 | b   | y      | 0 | 100
                        2024-06-02 | d   | x      | 1 | 2
                        """)
        }
    }

    @Test func throughALeafOfOtherColumnOrder() async throws {
        try await withFixture { fixture async throws in
            #expect(
                try await fixture.events(
                    after: """
                        INSERT INTO leaf_1 (id, "site col", "At", bytes, "select") VALUES (5, 'e', '2024-05-03 12:00+00', 5, 'z');
                        INSERT INTO leaf_1 (id, "site col", "At", bytes, "select")
                            SELECT i, 'f', '2024-05-04 12:00+00', i, 'z' FROM generate_series(1, 3) AS i;
                        UPDATE leaf_1 SET "site col" = 'g' WHERE id = 5;
                        DELETE FROM leaf_1 WHERE "site col" = 'a'
                        """) == """
                        day        | key | labels | n  | bytes
                        2024-05-01 | a   | x      | -1 | -10
                        2024-05-03 | e   | z      | 0  | 0
                        2024-05-03 | g   | z      | 1  | 5
                        2024-05-04 | f   | z      | 3  | 6
                        """)
        }
    }

    @Test func throughASubtree() async throws {
        try await withFixture { fixture async throws in
            #expect(
                try await fixture.events(
                    after: """
                        UPDATE "Sub tree" SET bytes = 21; INSERT INTO leaf_2 VALUES (6, NULL, '2024-06-03 12:00+00', 3, NULL);
                        DELETE FROM "Sub tree" WHERE id = 2
                        """) == """
                        day        | key  | labels | n  | bytes
                        2024-06-01 | b    | y      | -1 | -20
                        2024-06-03 | null | null   | 1  | 3
                        """)
        }
    }

    @Test func aRowThatMovesBetweenPartitions() async throws {
        try await withFixture { fixture async throws in
            #expect(
                try await fixture.events(after: #"UPDATE "we ird""name" SET "At" = '2024-06-09 12:00+00' WHERE id = 1"#)
                    == """
                    day        | key | labels | n  | bytes
                    2024-05-01 | a   | x      | -1 | -10
                    2024-06-09 | a   | x      | 1  | 10
                    """)
            #expect(
                try await fixture.events(
                    after: #"UPDATE "we ird""name" SET "At" = "At" - interval '31 days', bytes = 1"#) == """
                        day        | key | labels | n  | bytes
                        2024-05-01 | b   | y      | 1  | 1
                        2024-05-09 | a   | x      | 1  | 1
                        2024-06-01 | b   | y      | -1 | -20
                        2024-06-09 | a   | x      | -1 | -10
                        """)
        }
    }

    @Test func truncatingALeafIsAGapOfTheSource() async throws {
        try await withFixture { fixture async throws in
            try await fixture.run("TRUNCATE leaf_1")
            #expect(
                try await fixture.table("SELECT source, cause FROM daybook.gaps")
                    == """
                    source              | cause
                    public.we ird"name  | truncated
                    """.replacing("name  |", with: "name |").replacing(
                        "source              |", with: "source             |"))
        }
    }

    @Test func aNewPartitionIsNoticedByTheNextInstall() async throws {
        try await withFixture { fixture async throws in
            try await fixture.run(
                #"CREATE TABLE leaf_3 PARTITION OF "we ird""name" FOR VALUES FROM ('2024-07-01 00:00+00') TO ('2024-08-01 00:00+00')"#
            )
            let (statements, rebuilt) = try await fixture.install()
            #expect(statements > 0 && rebuilt.isEmpty)
            #expect(try await fixture.install().statements == 0)
            #expect(
                try await fixture.events(after: "INSERT INTO leaf_3 VALUES (7, 'h', '2024-07-01 12:00+00', 7, 'x')")
                    == """
                    day        | key | labels | n | bytes
                    2024-07-01 | h   | x      | 1 | 7
                    """)
        }
    }
}
