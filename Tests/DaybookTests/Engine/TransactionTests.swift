import PostgresClient
import PrivatePostgres
import Testing

@testable import Daybook

/// Transactions that become visible in an order that is not the order of their ids.
struct TransactionTests {
    /// | old transaction      | others       | engine            |
    /// | begins, logs         |              |                   |
    /// |                      | log, commit  | counts, flushes   |
    /// |                      |              | is restarted      |
    /// | commits              |              | counts it, once   |
    @Test func aLongTransactionDelaysOnlyItsOwnEvents() async throws {
        try await FeedFixture.with { fixture in
            try await fixture.withSession { old in
                try await old.execute("BEGIN; INSERT INTO visits (site, at, bytes) VALUES ('old', '2024-05-01', 1)")
                try await fixture.withEngine { _ in
                    for step in 0..<20 {
                        try await fixture.run(
                            "INSERT INTO visits (site, at, bytes) VALUES ('new', '2024-05-01', \(step))")
                    }
                    try await fixture.settle()
                    #expect(try await fixture.isExact())
                    #expect(try await fixture.count("visits_daily") == 1)
                }
                #expect(try await Cursor.read(on: fixture.connection).position.inProgress.isEmpty == false)
                try await fixture.withEngine { _ in
                    try await fixture.run("INSERT INTO visits (site, at, bytes) VALUES ('new', '2024-05-01', 100)")
                    try await old.execute("COMMIT")
                    try await fixture.settle()
                    #expect(try await fixture.isExact())
                    #expect(try await fixture.count("visits_daily") == 2)
                }
            }
        }
    }

    @Test func manyThatCommitInAnyOrder() async throws {
        try await FeedFixture.with { fixture in
            var generator = SeededGenerator(seed: 11)
            try await fixture.withEngine { _ in
                var sessions: [PostgresConnection] = []
                for index in 0..<12 {
                    let session = try await PostgresConnection.connect(fixture.configuration)
                    sessions.append(session)
                    try await session.execute(
                        """
                        BEGIN; INSERT INTO visits (site, at, bytes) VALUES ('k\(index % 3)', '2024-05-01', \(index));
                        SAVEPOINT a; INSERT INTO visits (site, at, bytes) VALUES ('lost', '2024-05-01', 1); ROLLBACK TO a;
                        SAVEPOINT b; INSERT INTO visits (site, at, bytes) VALUES ('kept', '2024-05-01', \(index)); RELEASE b
                        """)
                }
                for (index, session) in sessions.shuffled(using: &generator).enumerated() {
                    try await session.execute(index % 4 == 3 ? "ROLLBACK" : "COMMIT")
                    if index % 3 == 0 { try await fixture.settle() }
                    await session.close()
                }
                try await fixture.settle()
                #expect(try await fixture.isExact())
                #expect(try await fixture.count("visits_daily") == 4)
            }
        }
    }

    @Test func preparedTransactionsKeepTheDaemonAwake() async throws {
        try await PrivatePostgres.withCluster(settings: ["max_prepared_transactions": "10"]) { cluster in
            try await FeedFixture.with(PostgresConfiguration(cluster.connectionString)) { fixture in
                try await fixture.withEngine({ $0.bell.quietPolls = 1 }) { run in
                    try await fixture.run(
                        "BEGIN; INSERT INTO visits (site, at, bytes) VALUES ('p', '2024-05-01', 1); PREPARE TRANSACTION 'p'"
                    )
                    try await fixture.run("INSERT INTO visits (site, at, bytes) VALUES ('n', '2024-05-01', 2)")
                    try await fixture.settle()
                    #expect(try await fixture.count("visits_daily") == 1)
                    try await fixture.run("BEGIN; DELETE FROM visits WHERE site = 'n'; PREPARE TRANSACTION 'q'")
                    try await fixture.run("COMMIT PREPARED 'p'")
                    try await fixture.run("ROLLBACK PREPARED 'q'")
                    try await fixture.settle()
                    #expect(try await fixture.isExact())
                    let turns = run.status.turns
                    try await fixture.run("INSERT INTO visits (site, at, bytes) VALUES ('n', '2024-05-01', 2)")
                    try await eventually("another turn") { run.status.turns > turns }
                    #expect(!run.status.isAsleep)
                }
                #expect(try await fixture.isExact())
            }
        }
    }
}
