import PostgresClient
import Testing

@testable import Daybook

/// What statements on either table of a lookup leave in the event log.
struct LookupCaptureTests {
    private static let same = "says | post_id | owner | day | outcomes | views"
    private static let noGaps = "source | cause | detail"

    /// - Parameter before: what stands in the tables besides ``Links/rows``.
    private func expectExact(
        before: String = "SELECT 1", _ script: String, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        try await FeedFixture.withLinks { fixture in
            try await fixture.run(before)
            try await fixture.run(script)
            #expect(try await fixture.linkDifferences() == Self.same, "\(script)", sourceLocation: sourceLocation)
            #expect(try await fixture.linkGaps() == Self.noGaps, "\(script)", sourceLocation: sourceLocation)
            #expect(try await fixture.count("daybook.lookup_changes") == 0, sourceLocation: sourceLocation)
        }
    }

    @Test(arguments: [
        "INSERT INTO outcomes (ref, views) VALUES ('a', 3), ('x', 4), (NULL, 5)",
        "INSERT INTO outcomes (ref, views) SELECT 'abcxyz'::char(6)::text, i FROM generate_series(1, 500) AS i",
        "INSERT INTO outcomes (ref, views) SELECT chr(97 + i % 26), i FROM generate_series(1, 500) AS i",
        "INSERT INTO outcomes (ref, views) SELECT 'r' || i, i FROM generate_series(1, 500) AS i",
        "UPDATE outcomes SET views = views + 1",
        "UPDATE outcomes SET ref = 'a'",
        "UPDATE outcomes SET ref = CASE ref WHEN 'a' THEN 'b' WHEN 'b' THEN 'c' END",
        "UPDATE outcomes SET at = at + interval '1 day' WHERE ref = 'a'",
        "DELETE FROM outcomes WHERE ref IN ('a', 'c')",
        "DELETE FROM outcomes",
    ])
    func statementsOnTheSource(_ script: String) async throws {
        try await expectExact(script)
    }

    @Test(arguments: [
        "INSERT INTO posts (id, ref, owner) VALUES (7, 'c', 'new'), (8, 'zz', 'nobody'), (9, NULL, 'unlinked')",
        "INSERT INTO posts (id, ref) SELECT 100 + i, chr(97 + i) FROM generate_series(2, 25) AS i",
        "INSERT INTO posts (id, ref) SELECT 100 + i, 'r' || i FROM generate_series(2, 200) AS i",
        "UPDATE posts SET ref = 'c' WHERE id = 3",
        "UPDATE posts SET ref = 'c' WHERE id = 1",
        "UPDATE posts SET ref = NULL WHERE id = 1",
        "UPDATE posts SET owner = 'other', weight = 5",
        "UPDATE posts SET id = id + 10",
        "UPDATE posts SET status = 'hidden' WHERE id = 1",
        "UPDATE posts SET status = 'hidden'; UPDATE posts SET status = 'shown'",
        "BEGIN; UPDATE posts SET ref = NULL; UPDATE posts SET ref = 'a' WHERE id = 2; UPDATE posts SET ref = 'b' WHERE id = 1; COMMIT",
        "DELETE FROM posts WHERE id = 1",
        "DELETE FROM posts",
        "INSERT INTO posts (id, ref) VALUES (9, 'a') ON CONFLICT (ref) DO UPDATE SET owner = 'conflict', weight = 9",
        "INSERT INTO posts (id, ref) VALUES (1, 'd'), (9, 'c') ON CONFLICT (id) DO UPDATE SET ref = EXCLUDED.ref",
        """
        MERGE INTO posts AS p USING (VALUES (1, 'u'), (2, 'd'), (8, 'i')) AS s(id, what) ON p.id = s.id
        WHEN MATCHED AND s.what = 'd' THEN DELETE
        WHEN MATCHED THEN UPDATE SET ref = 'c'
        WHEN NOT MATCHED THEN INSERT (id, ref) VALUES (s.id, 'd')
        """,
    ])
    func statementsOnTheLookedUpTable(_ script: String) async throws {
        try await expectExact(script)
    }

    @Test func aChangeOfNothingUsedLogsNothing() async throws {
        try await FeedFixture.withLinks { fixture in
            try await fixture.run("DELETE FROM daybook.events")
            try await fixture.run(
                "UPDATE posts SET status = 'completed'; UPDATE posts SET ref = ref, id = id; DELETE FROM posts WHERE false"
            )
            #expect(try await fixture.count("daybook.events") == 0)
            #expect(try await fixture.count("pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()") == 0)
        }
    }

    /// One transaction, both orders, and what is rolled back.
    @Test(arguments: [
        "INSERT INTO posts (id, ref) VALUES (7, 'n'); INSERT INTO outcomes (ref, views) VALUES ('n', 1)",
        "INSERT INTO outcomes (ref, views) VALUES ('n', 1); INSERT INTO posts (id, ref) VALUES (7, 'n')",
        "SAVEPOINT s; INSERT INTO posts (id, ref) VALUES (7, 'c'); ROLLBACK TO s; INSERT INTO outcomes (ref, views) VALUES ('c', 1)",
        "INSERT INTO outcomes (ref, views) VALUES ('c', 1); SAVEPOINT s; DELETE FROM outcomes; ROLLBACK TO s; UPDATE posts SET ref = 'c' WHERE id = 1",
        "DELETE FROM posts WHERE id = 1; DELETE FROM outcomes WHERE ref = 'a'; INSERT INTO posts (id, ref) VALUES (1, 'a')",
    ])
    func transactions(_ script: String) async throws {
        try await expectExact("BEGIN; \(script); COMMIT")
    }

    /// Both tables change in one statement: neither trigger has run when the other one looks.
    @Test(arguments: [
        "WITH p AS (INSERT INTO posts (id, ref) VALUES (7, 'n') RETURNING ref) INSERT INTO outcomes (ref, views) SELECT ref, 1 FROM p",
        "WITH o AS (INSERT INTO outcomes (ref, views) VALUES ('n', 1) RETURNING ref) INSERT INTO posts (id, ref) SELECT 7, ref FROM o",
        """
        WITH p AS (UPDATE posts SET ref = 'c' WHERE id = 1 RETURNING ref), gone AS (DELETE FROM outcomes WHERE ref = 'a')
        UPDATE outcomes SET views = views + 1 WHERE ref IN ('b', 'c')
        """,
        "WITH p AS (DELETE FROM posts RETURNING ref) UPDATE outcomes SET ref = 'c' WHERE ref IN (SELECT ref FROM p)",
        "WITH o AS (DELETE FROM outcomes WHERE ref = 'a') UPDATE posts SET ref = 'd', owner = 'moved' WHERE id = 1",
        """
        WITH a AS (INSERT INTO outcomes (ref, views) VALUES ('c', 100)), b AS (UPDATE outcomes SET views = 7 WHERE ref = 'c'),
            c AS (INSERT INTO posts (id, ref) VALUES (7, 'c')), d AS (DELETE FROM posts WHERE id = 1)
        UPDATE posts SET weight = 3 WHERE id = 2
        """,
        "WITH p AS (UPDATE posts SET status = 'completed' RETURNING ref) INSERT INTO outcomes (ref, views) SELECT ref, 1 FROM p",
    ])
    func statementsOnBothTables(_ script: String) async throws {
        try await expectExact(script)
        try await expectExact(
            "BEGIN; \(script); UPDATE outcomes SET views = views + 1; UPDATE posts SET weight = 4; COMMIT")
    }

    @Test(
        arguments: [
            "DELETE FROM posts WHERE id = 1", "DELETE FROM posts",
            "UPDATE posts SET ref = ref || '!' WHERE ref IS NOT NULL",
            "UPDATE posts SET ref = 'z', owner = 'z' WHERE id = 2",
            "WITH o AS (INSERT INTO outcomes (ref, views) VALUES ('b', 9)) UPDATE posts SET ref = 'q' WHERE id = 1",
            "BEGIN; DELETE FROM posts WHERE id = 2; INSERT INTO posts (id, ref) VALUES (2, 'b'); INSERT INTO outcomes (ref, views) VALUES ('b', 1); COMMIT",
        ], ["CASCADE", "SET NULL"])
    func foreignKeys(_ script: String, _ onDelete: String) async throws {
        try await expectExact(
            before: """
                DELETE FROM outcomes WHERE ref IN ('c', 'd');
                ALTER TABLE outcomes ADD FOREIGN KEY (ref) REFERENCES posts (ref) ON DELETE \(onDelete) ON UPDATE CASCADE
                """, script)
    }

    /// The looked-up row goes with its source row: the other direction.
    @Test func foreignKeyOfTheLookedUpTable() async throws {
        try await expectExact(
            before: """
                ALTER TABLE posts ADD outcome integer REFERENCES outcomes ON DELETE CASCADE;
                UPDATE posts SET outcome = (SELECT min(id) FROM outcomes AS o WHERE o.ref = posts.ref)
                """, "DELETE FROM outcomes WHERE views = 1; DELETE FROM outcomes")
    }

    /// Triggers of the application that write to the other table, at every moment at which one can.
    @Test(arguments: ["BEFORE INSERT OR UPDATE OR DELETE", "AFTER INSERT OR UPDATE OR DELETE"], ["ROW", "STATEMENT"])
    func triggersOfTheApplication(_ moment: String, _ each: String) async throws {
        let rowValue = each == "ROW" ? "coalesce(NEW.ref, OLD.ref, 'none')" : "'c'"
        let before = """
            CREATE FUNCTION links() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                INSERT INTO posts (id, ref, owner) VALUES (50 + (random() * 1e6)::integer, \(rowValue), TG_OP)
                    ON CONFLICT (ref) DO UPDATE SET owner = TG_OP, weight = posts.weight + 1;
                DELETE FROM posts WHERE ref = 'b';
                RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
            END $$;
            CREATE FUNCTION counts() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                IF pg_trigger_depth() < 2 THEN
                    INSERT INTO outcomes (ref, views) VALUES (\(rowValue), 64);
                    UPDATE outcomes SET views = views + 1 WHERE ref IN ('a', 'c');
                END IF;
                RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
            END $$;
            CREATE TRIGGER app \(moment) ON outcomes FOR EACH \(each) WHEN (pg_trigger_depth() < 1) EXECUTE FUNCTION links();
            CREATE TRIGGER app \(moment) ON posts FOR EACH \(each) WHEN (pg_trigger_depth() < 1) EXECUTE FUNCTION counts();
            """
        try await expectExact(
            before: before,
            """
            INSERT INTO outcomes (ref, views) VALUES ('n', 1), ('c', 2), ('m', 3);
            INSERT INTO posts (id, ref) VALUES (40, 'x'), (41, 'y'), (42, 'd');
            BEGIN; DELETE FROM outcomes WHERE ref = 'a'; UPDATE posts SET owner = 'u' WHERE ref IN ('x', 'y'); COMMIT;
            UPDATE outcomes SET ref = 'y' WHERE ref = 'd'; DELETE FROM posts WHERE ref IN ('y', 'n')
            """)
    }

    @Test func copies() async throws {
        try await FeedFixture.withLinks { fixture in
            _ = try await fixture.connection.copyIn("COPY outcomes (ref, views) FROM STDIN") { writer in
                for index in 0..<50 { try await writer.write("\(index % 2 == 0 ? "a" : "k\(index)")\t\(index)\n") }
            }
            _ = try await fixture.connection.copyIn("COPY posts (id, ref) FROM STDIN") { writer in
                for index in 10..<60 { try await writer.write("\(index)\tk\(index)\n") }
            }
            #expect(try await fixture.linkDifferences() == Self.same)
            #expect(try await fixture.linkGaps() == Self.noGaps)
        }
    }

    @Test func truncateOfTheLookedUpTableIsAGap() async throws {
        try await FeedFixture.withLinks { fixture in
            try await fixture.run("TRUNCATE posts")
            #expect(
                try await fixture.linkGaps() == """
                    source       | cause     | detail
                    public.posts | truncated | ∅
                    """)
        }
    }

    /// Nothing that a transaction does to many keys takes more locks than a few dozen.
    @Test func locksAreBounded() async throws {
        try await FeedFixture.withLinks { fixture in
            let locks = try await fixture.connection.withTransaction { connection in
                for index in 0..<100 {
                    try await connection.execute(
                        "INSERT INTO outcomes (ref, views) VALUES ('s\(index)', 1); INSERT INTO posts (id, ref) VALUES (\(index + 10), 's\(index)')"
                    )
                }
                return try await connection.query(
                    "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()")[0]
                    .decode(Int.self)
            }
            #expect(locks < 90)
            #expect(try await fixture.linkDifferences() == Self.same)
            #expect(try await fixture.linkGaps() == Self.noGaps)
        }
    }
}
