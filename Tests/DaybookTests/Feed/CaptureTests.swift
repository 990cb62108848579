import PostgresClient
import PrivatePostgres
import Testing

@testable import Daybook

/// What each kind of statement leaves in the event log, net.
struct CaptureTests {
    /// Three rows on one day, one on the next, one that does not count; the log is empty.
    private static let rows = """
        INSERT INTO visits (id, site, at, bytes, browser, ok) VALUES
            (1, 'a', '2024-05-01 10:00+00', 10, 'x', true), (2, 'a', '2024-05-01 11:00+00', 20, 'y', true),
            (3, 'b', '2024-05-01 12:00+00', 30, 'x', true), (4, 'a', '2024-05-02 00:00+00', 40, 'x', true),
            (5, 'a', '2024-05-01 13:00+00', 50, 'x', false);
        SELECT setval('visits_id_seq', 1000);
        """

    private func expectEvents(_ script: String, _ expected: String, sourceLocation: SourceLocation = #_sourceLocation)
        async throws
    {
        try await FeedFixture.with { fixture in
            try await fixture.run(Self.rows)
            #expect(try await fixture.events(after: script) == expected, sourceLocation: sourceLocation)
            #expect(try await fixture.count("daybook.gaps") == 0, sourceLocation: sourceLocation)
        }
    }

    private static let nothing = "day | key | labels | n | bytes"

    @Test func insertOne() async throws {
        try await expectEvents(
            "INSERT INTO visits (id, site, at, bytes, browser) VALUES (9, 'a', '2024-05-01 23:59:59.999999+00', 7, 'x')",
            """
            day        | key | labels | n | bytes
            2024-05-01 | a   | x      | 1 | 7
            """)
    }

    @Test func insertMany() async throws {
        try await expectEvents(
            """
            INSERT INTO visits (site, at, bytes, browser)
            SELECT s, '2024-05-01', 1, b FROM unnest(ARRAY['a', 'a', 'b', NULL], ARRAY['x', 'x', 'y', NULL]) AS u(s, b)
            """,
            """
            day        | key  | labels | n | bytes
            2024-05-01 | a    | x      | 2 | 2
            2024-05-01 | b    | y      | 1 | 1
            2024-05-01 | null | null   | 1 | 1
            """)
    }

    @Test func insertNothingThatCounts() async throws {
        try await expectEvents(
            """
            INSERT INTO visits (site, at, ok) VALUES ('a', '2024-05-01', false);
            INSERT INTO visits (site, at, ok) VALUES ('a', '2024-05-01', NULL);
            INSERT INTO visits (site, at) VALUES ('a', NULL);
            INSERT INTO visits (site, at) VALUES ('a', 'infinity'), ('a', '-infinity');
            INSERT INTO visits (site, at) SELECT 'a', '2024-05-01' WHERE false
            """, Self.nothing)
    }

    @Test func updateOfAMeasure() async throws {
        try await expectEvents(
            "UPDATE visits SET bytes = bytes + 5 WHERE id IN (1, 3, 5)",
            """
            day        | key | labels | n | bytes
            2024-05-01 | a   | x      | 0 | 5
            2024-05-01 | b   | x      | 0 | 5
            """)
    }

    @Test func updateOfNothingUsed() async throws {
        try await expectEvents(
            "UPDATE visits SET note = 'n'; UPDATE visits SET bytes = bytes; UPDATE visits SET id = id + 100",
            Self.nothing)
    }

    @Test func updateThatCancelsOut() async throws {
        try await expectEvents(
            "UPDATE visits SET bytes = CASE id WHEN 1 THEN 20 ELSE 10 END, browser = CASE id WHEN 1 THEN 'y' ELSE 'x' END WHERE id IN (1, 2)",
            Self.nothing)
    }

    @Test func updateOfTheKey() async throws {
        try await expectEvents(
            "UPDATE visits SET site = 'c' WHERE id = 1",
            """
            day        | key | labels | n  | bytes
            2024-05-01 | a   | x      | -1 | -10
            2024-05-01 | c   | x      | 1  | 10
            """)
    }

    @Test func updateToAndFromNull() async throws {
        try await expectEvents(
            "UPDATE visits SET site = NULL, browser = NULL, bytes = NULL WHERE id = 1",
            """
            day        | key  | labels | n  | bytes
            2024-05-01 | a    | x      | -1 | -10
            2024-05-01 | null | null   | 1  | 0
            """)
    }

    @Test func updateOfTheDay() async throws {
        try await expectEvents(
            "UPDATE visits SET at = at + interval '1 day' WHERE id = 1",
            """
            day        | key | labels | n  | bytes
            2024-05-01 | a   | x      | -1 | -10
            2024-05-02 | a   | x      | 1  | 10
            """)
    }

    @Test func updateWithinTheDay() async throws {
        try await expectEvents("UPDATE visits SET at = at + interval '1 second'", Self.nothing)
    }

    @Test func updateOfTheCondition() async throws {
        try await expectEvents(
            "UPDATE visits SET ok = NOT ok WHERE id IN (3, 5); UPDATE visits SET ok = NULL WHERE id = 4",
            """
            day        | key | labels | n  | bytes
            2024-05-01 | a   | x      | 1  | 50
            2024-05-01 | b   | x      | -1 | -30
            2024-05-02 | a   | x      | -1 | -40
            """)
    }

    @Test func deletes() async throws {
        try await expectEvents(
            "DELETE FROM visits WHERE id = 4; DELETE FROM visits WHERE id IN (1, 2, 5); DELETE FROM visits WHERE false",
            """
            day        | key | labels | n  | bytes
            2024-05-01 | a   | x      | -1 | -10
            2024-05-01 | a   | y      | -1 | -20
            2024-05-02 | a   | x      | -1 | -40
            """)
    }

    @Test func upserts() async throws {
        try await expectEvents(
            """
            INSERT INTO visits (id, site, at, bytes, browser) VALUES (1, 'z', '2024-05-01', 99, 'z'), (7, 'n', '2024-05-01', 1, 'n')
            ON CONFLICT (id) DO UPDATE SET bytes = EXCLUDED.bytes;
            INSERT INTO visits (id, site, at) VALUES (2, 'z', '2024-05-01') ON CONFLICT DO NOTHING
            """,
            """
            day        | key | labels | n | bytes
            2024-05-01 | a   | x      | 0 | 89
            2024-05-01 | n   | n      | 1 | 1
            """)
    }

    @Test func merges() async throws {
        try await expectEvents(
            """
            MERGE INTO visits AS v USING (VALUES (1, 'u'), (2, 'd'), (8, 'i')) AS s(id, what) ON v.id = s.id
            WHEN MATCHED AND s.what = 'd' THEN DELETE
            WHEN MATCHED THEN UPDATE SET bytes = 11
            WHEN NOT MATCHED THEN INSERT (id, site, at, bytes, browser) VALUES (s.id, 'm', '2024-05-03', 8, 'x')
            """,
            """
            day        | key | labels | n  | bytes
            2024-05-01 | a   | x      | 0  | 1
            2024-05-01 | a   | y      | -1 | -20
            2024-05-03 | m   | x      | 1  | 8
            """)
    }

    @Test func dataModifyingQueries() async throws {
        try await expectEvents(
            """
            WITH gone AS (DELETE FROM visits WHERE id = 1 RETURNING *),
                changed AS (UPDATE visits SET bytes = 0 WHERE id = 3 RETURNING *),
                added AS (INSERT INTO visits (site, at, bytes, browser) SELECT 'w', at, bytes, 'w' FROM gone RETURNING *)
            INSERT INTO visits (site, at, bytes, browser) SELECT 'v', at, bytes, 'v' FROM changed
            """,
            """
            day        | key | labels | n  | bytes
            2024-05-01 | a   | x      | -1 | -10
            2024-05-01 | b   | x      | 0  | -30
            2024-05-01 | v   | v      | 1  | 0
            2024-05-01 | w   | w      | 1  | 10
            """)
    }

    @Test func savepointsTakeTheirEventsBack() async throws {
        try await expectEvents(
            """
            BEGIN;
            UPDATE visits SET bytes = 11 WHERE id = 1;
            SAVEPOINT s; DELETE FROM visits; ROLLBACK TO s;
            SAVEPOINT t; UPDATE visits SET bytes = 21 WHERE id = 2; RELEASE t;
            COMMIT; BEGIN; DELETE FROM visits; ROLLBACK
            """,
            """
            day        | key | labels | n | bytes
            2024-05-01 | a   | x      | 0 | 1
            2024-05-01 | a   | y      | 0 | 1
            """)
    }

    @Test func copies() async throws {
        try await FeedFixture.with { fixture in
            let copied = try await fixture.connection.copyIn("COPY visits (site, at, bytes, browser) FROM STDIN") {
                writer in
                for index in 0..<10 { try await writer.write("s\(index % 2)\t2024-05-01 10:00+00\t\(index)\tx\n") }
            }
            #expect(copied == 10)
            // The first two rows as they are, the rest grouped.
            #expect(
                try await fixture.table("SELECT key, n, addends FROM daybook.events ORDER BY key, n") == """
                    key  | n | addends
                    {s0} | 1 | {0}
                    {s0} | 4 | {20}
                    {s1} | 1 | {1}
                    {s1} | 4 | {24}
                    """)
        }
    }

    /// One day's events of one statement are one row for each key and label, whatever the number of rows; but for the
    /// first two, which are logged before anybody knows that there are more.
    @Test func bulkStatementsAreGrouped() async throws {
        try await FeedFixture.with { fixture in
            try await fixture.run(
                "INSERT INTO visits (site, at, bytes, browser) SELECT 'a', '2024-05-01', i, 'x' FROM generate_series(1, 10000) AS i"
            )
            #expect(
                try await fixture.table("SELECT n, addends FROM daybook.events ORDER BY n, addends") == """
                    n    | addends
                    1    | {1}
                    1    | {2}
                    9998 | {50004997}
                    """)
        }
    }

    @Test func truncateIsAGap() async throws {
        try await FeedFixture.with { fixture in
            try await fixture.run(Self.rows)
            #expect(try await fixture.events(after: "TRUNCATE visits") == Self.nothing)
            #expect(
                try await fixture.table("SELECT source, cause, state FROM daybook.gaps") == """
                    source        | cause     | state
                    public.visits | truncated | open
                    """)
        }
    }

    @Test func aRolledBackTruncateIsNone() async throws {
        try await FeedFixture.with { fixture in
            try await fixture.run("BEGIN; TRUNCATE visits; ROLLBACK")
            #expect(try await fixture.count("daybook.gaps") == 0)
        }
    }

    @Test func foreignKeysCascade() async throws {
        let tables = """
            CREATE TABLE sites (name text PRIMARY KEY);
            CREATE TABLE visits (
                id serial PRIMARY KEY, site text REFERENCES sites ON UPDATE CASCADE ON DELETE CASCADE, at timestamptz,
                bytes bigint, browser text, ok boolean DEFAULT true,
                parent integer REFERENCES visits ON DELETE SET NULL
            );
            INSERT INTO sites VALUES ('a'), ('b');
            """
        try await FeedFixture.with(tables) { fixture in
            try await fixture.run(Self.rows)
            #expect(
                try await fixture.events(after: "UPDATE sites SET name = 'c' WHERE name = 'b'") == """
                    day        | key | labels | n  | bytes
                    2024-05-01 | b   | x      | -1 | -30
                    2024-05-01 | c   | x      | 1  | 30
                    """)
            #expect(
                try await fixture.events(after: "DELETE FROM sites WHERE name = 'a'") == """
                    day        | key | labels | n  | bytes
                    2024-05-01 | a   | x      | -1 | -10
                    2024-05-01 | a   | y      | -1 | -20
                    2024-05-02 | a   | x      | -1 | -40
                    """)
        }
    }

    /// The source's settings and its time zone are not the session's.
    @Test func theSessionsSettingsDoNotMatter() async throws {
        try await expectEvents(
            """
            SET TimeZone = 'Pacific/Kiritimati'; SET DateStyle = 'German'; SET search_path = pg_catalog;
            INSERT INTO public.visits (site, at, bytes, browser) VALUES ('a', '2024-05-01 23:30:00+00', 7, 'x');
            RESET ALL
            """,
            """
            day        | key | labels | n | bytes
            2024-05-01 | a   | x      | 1 | 7
            """)
    }

    @Test func aStatementWithoutRowsTakesNoTransactionID() async throws {
        try await FeedFixture.with { fixture in
            for statement in [
                "DELETE FROM visits WHERE false", "UPDATE visits SET bytes = 1 WHERE false",
                "INSERT INTO visits SELECT WHERE false",
            ] {
                let isAssigned = try await fixture.connection.withTransaction { connection in
                    try await connection.execute(statement)
                    return try await connection.query("SELECT pg_current_xact_id_if_assigned() IS NOT NULL")[0].decode(
                        Bool.self)
                }
                #expect(!isAssigned, "\(statement)")
            }
        }
    }

    /// The catching of errors takes an id of its own only where something is written. On a cluster of its own, because
    /// other sessions take ids too; and the server itself may, so the least of some differences is looked at.
    @Test func anUpdateOfNothingUsedTakesNoSecondTransactionID() async throws {
        try await PrivatePostgres.withCluster { cluster async throws in
            try await FeedFixture.with(PostgresConfiguration(cluster.connectionString)) { fixture in
                try await fixture.run(Self.rows)
                let unused = try await leastIDs(of: "UPDATE visits SET note = note || 'n'", in: fixture)
                let used = try await leastIDs(of: "UPDATE visits SET bytes = bytes + 1", in: fixture)
                #expect(unused == 1 && used == 2)
            }
        }
    }

    private func leastIDs(of statement: String, in fixture: FeedFixture) async throws -> UInt64 {
        var least = UInt64.max
        for _ in 0..<20 {
            var ids: [UInt64] = []
            for _ in 0..<2 {
                ids.append(
                    try await fixture.connection.withTransaction { connection in
                        try await connection.execute(statement)
                        return try await connection.query("SELECT pg_current_xact_id()")[0]
                            .decode(PostgresTransactionID.self).rawValue
                    })
            }
            least = min(least, ids[1] - ids[0])
        }
        return least
    }
}
