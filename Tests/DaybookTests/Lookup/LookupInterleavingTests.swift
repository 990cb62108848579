import PostgresClient
import PrivatePostgres
import Testing

@testable import Daybook

/// Two transactions at a time, one on each table of a lookup, in every order that matters.
struct LookupInterleavingTests {
    private static let same = "says | post_id | owner | day | outcomes | views"
    private static let noGaps = "source | cause | detail"

    static let sourceWrites = [
        "INSERT INTO outcomes (ref, views) VALUES ('c', 100)", "UPDATE outcomes SET views = views + 1 WHERE ref = 'c'",
        "UPDATE outcomes SET ref = 'c' WHERE ref = 'd'", "DELETE FROM outcomes WHERE ref = 'c'",
    ]
    static let links = [
        "INSERT INTO posts (id, ref, owner) VALUES (7, 'c', 'new')", "UPDATE posts SET ref = 'c' WHERE id = 1",
        "UPDATE posts SET ref = 'c' WHERE id = 3",
    ]

    private func expectExact(_ fixture: FeedFixture, sourceLocation: SourceLocation = #_sourceLocation) async throws {
        #expect(try await fixture.linkDifferences() == Self.same, sourceLocation: sourceLocation)
        #expect(try await fixture.linkGaps() == Self.noGaps, sourceLocation: sourceLocation)
    }

    /// ```
    ///  A: BEGIN; writes rows with key c
    ///                                       B: links c to another post; waits
    ///  A: COMMIT
    ///                                       B: sees A's rows, and moves them
    /// ```
    @Test(arguments: sourceWrites, links)
    func theLinkComesSecond(_ write: String, _ link: String) async throws {
        try await FeedFixture.withLinks { fixture in
            try await fixture.whileOpen("BEGIN", write, then: "COMMIT") { try await fixture.waits(link) }
            try await expectExact(fixture)
        }
    }

    /// ```
    ///                                       B: BEGIN; links c to another post
    ///  A: writes rows with key c; waits
    ///                                       B: COMMIT
    ///  A: sees the link
    /// ```
    @Test(arguments: sourceWrites, links)
    func theLinkComesFirst(_ write: String, _ link: String) async throws {
        try await FeedFixture.withLinks { fixture in
            try await fixture.whileOpen("BEGIN", link, then: "COMMIT") { try await fixture.waits(write) }
            try await expectExact(fixture)
        }
    }

    /// The one that comes first is undone: the other one has to have waited for that, too.
    @Test(arguments: [(sourceWrites, links), (links, sourceWrites)])
    func theFirstIsRolledBack(_ firsts: [String], _ seconds: [String]) async throws {
        for (first, second) in zip(firsts, seconds) {
            try await FeedFixture.withLinks { fixture in
                try await fixture.whileOpen("BEGIN", first, then: "ROLLBACK") { try await fixture.waits(second) }
                try await expectExact(fixture)
            }
        }
    }

    @Test func aRollbackToASavepointGivesTheKeysBack() async throws {
        try await FeedFixture.withLinks { fixture in
            let undone = "SAVEPOINT s; \(Self.sourceWrites[0]); ROLLBACK TO s"
            try await fixture.whileOpen("BEGIN", undone, then: "COMMIT") { try await fixture.run(Self.links[0]) }
            try await expectExact(fixture)
        }
    }

    /// Other keys are nobody's business.
    @Test(arguments: [
        (sourceWrites[0], "UPDATE posts SET owner = 'x' WHERE ref = 'a'"),
        (links[0], sourceWrites[2].replacing("'c'", with: "'b'")),
    ])
    func otherKeysDoNotWait(_ first: String, _ second: String) async throws {
        try await FeedFixture.withLinks { fixture in
            try await fixture.whileOpen("BEGIN", first, then: "COMMIT") { try await fixture.run(second) }
            try await expectExact(fixture)
        }
    }

    @Test(arguments: [
        (
            "INSERT INTO outcomes (ref, views) SELECT 'c' || i, 1 FROM generate_series(1, 100) AS i",
            "INSERT INTO posts (id, ref) VALUES (9, 'c7')"
        ),
        (
            "INSERT INTO posts (id, ref) SELECT 100 + i, 'c' || i FROM generate_series(1, 100) AS i",
            "INSERT INTO outcomes (ref, views) VALUES ('c7', 1)"
        ),
        (
            "INSERT INTO outcomes (ref, views) VALUES ('c7', 1)",
            "INSERT INTO posts (id, ref) SELECT 100 + i, 'c' || i FROM generate_series(1, 100) AS i"
        ),
        (
            "INSERT INTO posts (id, ref) VALUES (9, 'c7')",
            "INSERT INTO outcomes (ref, views) SELECT 'c' || i, 1 FROM generate_series(1, 100) AS i"
        ),
    ])
    func manyKeysAtOnce(_ first: String, _ second: String) async throws {
        try await FeedFixture.withLinks { fixture in
            try await fixture.whileOpen("BEGIN", first, then: "COMMIT") { try await fixture.waits(second) }
            try await expectExact(fixture)
        }
    }

    /// Bulk loads of the source do not wait for each other.
    @Test func bulkLoadsGoSideBySide() async throws {
        let load = "INSERT INTO outcomes (ref, views) SELECT 'c' || i, 1 FROM generate_series(1, 100) AS i"
        try await FeedFixture.withLinks { fixture in
            try await fixture.whileOpen("BEGIN", load, then: "COMMIT") {
                try await fixture.whileOpen("BEGIN", load, then: "COMMIT") { try await fixture.run(load) }
            }
            try await expectExact(fixture)
        }
    }

    /// Each waits for what the other one has. Neither of the application's statements fails.
    @Test func whoWaitsTooLongLeavesAGap() async throws {
        try await FeedFixture.withLinks { fixture in
            try await fixture.whileOpen("BEGIN", Self.sourceWrites[0], then: "COMMIT") {
                try await fixture.run("SET lock_timeout = '50ms'; \(Self.links[0]); RESET lock_timeout")
            }
            #expect(
                try await fixture.linkGaps() == """
                    source       | cause         | detail
                    public.posts | lookup locked | ∅
                    """)
            #expect(try await fixture.count("posts WHERE ref = 'c'") == 1)
        }
    }

    /// The one that gave up ends first: what the other one has missed is there only once that one has ended, too.
    @Test(arguments: [(links[2], sourceWrites[0]), (sourceWrites[0], links[0])])
    func theSourcesAreAskedWhenBothHaveEnded(_ first: String, _ second: String) async throws {
        try await FeedFixture.withLinks { fixture in
            try await fixture.withEngine { _ in
                try await fixture.whileOpen("BEGIN", first, then: "COMMIT") {
                    try await fixture.run("SET lock_timeout = '50ms'; \(second); RESET lock_timeout")
                    try await eventually("the gap is taken on") {
                        try await fixture.count("daybook.gaps WHERE state = 'repairing'") == 1
                    }
                    // Other gaps need not wait for it.
                    try await fixture.run("INSERT INTO daybook.gaps (cause) VALUES ('drift')")
                    try await eventually("the other gap is repaired") {
                        try await fixture.count("daybook.gaps WHERE cause = 'drift' AND state = 'repaired'") == 1
                    }
                    #expect(try await fixture.count("daybook.gaps WHERE state = 'repairing'") == 1)
                }
                try await eventually("no gap is open") {
                    try await fixture.count("daybook.gaps WHERE state <> 'repaired'") == 0
                }
                try await fixture.settle()
                #expect(try await fixture.table(Links.tableDifferences) == Self.same)
            }
        }
    }

    /// A snapshot from before the link cannot see it, whatever was locked; one from after it can. On a cluster of its own,
    /// since any transaction that is under way makes a snapshot look older.
    @Test(arguments: ["REPEATABLE READ", "SERIALIZABLE"])
    func oldSnapshots(_ isolation: String) async throws {
        try await withCluster { fixture in
            let old = "BEGIN ISOLATION LEVEL \(isolation); SELECT FROM posts; SELECT FROM outcomes"
            try await fixture.run("\(old); \(Self.sourceWrites[1]); COMMIT")
            try await expectExact(fixture)
            try await fixture.withSession { session in
                try await session.execute(old)
                try await fixture.run(Self.links[0])
                try await session.execute("\(Self.sourceWrites[0]); COMMIT")
            }
            try await fixture.run("\(old); UPDATE posts SET owner = 'x' WHERE id = 7; COMMIT")
            #expect(
                try await fixture.linkGaps() == """
                    source          | cause                     | detail
                    public.outcomes | lookup at an old snapshot | ∅
                    public.posts    | lookup at an old snapshot | ∅
                    """)
        }
    }

    private func withCluster(_ body: (FeedFixture) async throws -> Void) async throws {
        try await PrivatePostgres.withCluster(settings: ["max_prepared_transactions": "5"]) { cluster async throws in
            let configuration = PostgresConfiguration(cluster.connectionString)
            try await FeedFixture.with(configuration, Links.tables, [Links.yaml]) { fixture in
                try await fixture.run(Links.rows)
                try await body(fixture)
            }
        }
    }

    @Test func aPreparedTransactionKeepsItsKeys() async throws {
        try await withCluster { fixture in
            let write = "\(Self.sourceWrites[0]); PREPARE TRANSACTION 'p'"
            try await fixture.whileOpen("BEGIN", write, then: "COMMIT PREPARED 'p'") {
                try await fixture.waits(Self.links[0])
            }
            try await expectExact(fixture)
        }
    }

    /// Many at once, at random, one statement a transaction: nobody waits for long, and the log is exact.
    @Test(arguments: 1...4 as ClosedRange<UInt64>)
    func manyWriters(seed: UInt64) async throws {
        try await FeedFixture.withLinks { fixture in
            try await fixture.writeAtRandom(seed: seed, statements: 1)
            #expect(try await fixture.linkDifferences() == Self.same)
            #expect(try await fixture.linkGaps() == Self.noGaps)
            #expect(try await fixture.count("daybook.lookup_changes") == 0)
        }
    }

    /// Transactions that hold keys and wait for others can wait for each other: then one gives up after a while, and the
    /// sources are asked; meanwhile counts may look impossible, which the daemon notices by itself ('drift').
    @Test func manyTransactions() async throws {
        try await FeedFixture.withLinks { fixture in
            try await fixture.withEngine { _ in
                try await fixture.writeAtRandom(seed: 7, statements: 3)
                try await eventually("no gap is open") {
                    try await fixture.count("daybook.gaps WHERE state <> 'repaired'") == 0
                }
                try await fixture.settle()
                #expect(try await fixture.count("daybook.gaps WHERE cause NOT IN ('lookup locked', 'drift')") == 0)
                #expect(try await fixture.table(Links.tableDifferences) == Self.same)
            }
        }
    }
}

extension FeedFixture {
    /// Five sessions write to both tables of ``Links`` at the same time.
    func writeAtRandom(seed: UInt64, statements: Int) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for writer in 0..<5 as Range<UInt64> {
                group.addTask {
                    try await withSession { session in
                        var random = SeededGenerator(seed: seed * 100 + writer)
                        for _ in 0..<60 {
                            let count = Int.random(in: 1...statements, using: &random)
                            let script = (0..<count).map { _ in Self.randomStatement(&random) }
                            try await Self.write(script, on: session)
                        }
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    /// Conflicts of the application's own are part of the game.
    private static func write(_ statements: [String], on session: PostgresConnection) async throws {
        do {
            try await session.execute("BEGIN; \(statements.joined(separator: "; ")); COMMIT")
        } catch let error as PostgresError where error.sqlState == "23505" || error.sqlState == "40P01" {
            try await session.execute("ROLLBACK")
        }
    }

    private static func randomStatement(_ random: inout SeededGenerator) -> String {
        let key = "k\(Int.random(in: 0..<6, using: &random))"
        let other = "k\(Int.random(in: 0..<6, using: &random))"
        let post = Int.random(in: 10..<16, using: &random)
        return switch Int.random(in: 0..<9, using: &random) {
        case 0, 1: "INSERT INTO outcomes (ref, views) VALUES ('\(key)', 1), ('\(other)', 2)"
        case 2: "UPDATE outcomes SET views = views + 1 WHERE ref = '\(key)'"
        case 3: "UPDATE outcomes SET ref = '\(key)' WHERE ref = '\(other)'"
        case 4: "DELETE FROM outcomes WHERE ref = '\(key)'"
        case 5: "INSERT INTO posts (id, ref, owner) VALUES (\(post), '\(key)', '\(other)') ON CONFLICT DO NOTHING"
        case 6: "UPDATE posts SET ref = CASE WHEN ref IS NULL THEN '\(key)' END WHERE id = \(post)"
        case 7: "DELETE FROM posts WHERE id = \(post)"
        default:
            """
            WITH p AS (UPDATE posts SET owner = '\(other)' WHERE ref = '\(key)' RETURNING ref)
            INSERT INTO outcomes (ref, views) SELECT ref, 5 FROM p
            """
        }
    }
}

extension FeedFixture {
    /// Runs `body` while another session has begun a transaction and done a script in it.
    func whileOpen(_ begin: String, _ script: String, then end: String, _ body: () async throws -> Void) async throws {
        try await withSession { session in
            try await session.execute("\(begin); \(script)")
            try await body()
            try await session.execute(end)
            try await finishWaiting()
        }
    }

    /// Starts a script in a session of its own, and sees that it waits. It ends after ``finishWaiting()``.
    func waits(_ script: String) async throws {
        let session = try await PostgresConnection.connect(configuration.with("application_name", "waiting"))
        // Ends with the session's statement, which the open transaction's end lets go on.
        Task {
            try? await session.execute(script)
            await session.close()
        }
        try await eventually("it waits") {
            try await count(
                "pg_stat_activity WHERE application_name = 'waiting' AND wait_event = 'PgSleep' AND datname = current_database()"
            ) == 1
        }
    }

    private func finishWaiting() async throws {
        try await eventually("nobody waits") {
            try await count("pg_stat_activity WHERE application_name = 'waiting' AND datname = current_database()") == 0
        }
    }
}
