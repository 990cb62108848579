import PostgresClient
import Testing

@testable import Daybook

/// When writers ring, told by listening in the daemon's place.
struct BellTests {
    private static let insert = "INSERT INTO visits (site, at) VALUES ('a', '2024-05-01')"
    private static let lock = "SELECT pg_advisory_lock(\(FeedSchema.lockClass), \(FeedSchema.bellLock))"
    private static let tryLock = "SELECT pg_try_advisory_lock(\(FeedSchema.lockClass), \(FeedSchema.bellLock))"
    private static let unlock = "SELECT pg_advisory_unlock(\(FeedSchema.lockClass), \(FeedSchema.bellLock))"

    /// How often a script rings. A notification of our own comes after all of the script's, which were sent before it.
    private func rings(_ script: String, on fixture: FeedFixture, _ listener: PostgresConnection) async throws -> Int {
        try await listener.listen(to: [FeedSchema.bellChannel]) { notifications in
            try await fixture.run(script)
            try await fixture.run("NOTIFY \(FeedSchema.bellChannel), 'end'")
            var count = 0
            while let next = try await notifications.next(timeout: .seconds(20)), next.payload != "end" { count += 1 }
            return count
        }
    }

    private func withFixture(_ body: (FeedFixture, PostgresConnection) async throws -> Void) async throws {
        try await FeedFixture.with { fixture in
            try await fixture.withSession { listener in try await body(fixture, listener) }
        }
    }

    @Test func nobodyRingsWhileTheDaemonIsAwakeOrAbsent() async throws {
        try await withFixture { fixture, listener async throws in
            #expect(try await rings("\(Self.insert); \(Self.insert)", on: fixture, listener) == 0)
        }
    }

    @Test func aSleepingDaemonIsRungOnceForEachTransaction() async throws {
        try await withFixture { fixture, listener in
            try await listener.query(Self.lock)
            #expect(try await rings(Self.insert, on: fixture, listener) == 1)
            #expect(try await rings("BEGIN; \(Self.insert); \(Self.insert); COMMIT", on: fixture, listener) == 1)
            #expect(try await rings("BEGIN; \(Self.insert); ROLLBACK", on: fixture, listener) == 0)
            #expect(try await rings("TRUNCATE visits", on: fixture, listener) == 1, "a gap rings too")
            #expect(
                try await rings("UPDATE visits SET note = 'n'; DELETE FROM visits WHERE false", on: fixture, listener)
                    == 0)
            try await listener.query(Self.unlock)
            #expect(try await rings(Self.insert, on: fixture, listener) == 0)
        }
    }

    @Test func aWriterThatStaysSilentKeepsTheDaemonAwakeUntilItIsVisible() async throws {
        try await withFixture { fixture, listener in
            try await fixture.run("BEGIN; \(Self.insert)")
            #expect(try await listener.query(Self.tryLock)[0].decode(Bool.self) == false)
            try await fixture.run("COMMIT")
            #expect(try await listener.query(Self.tryLock)[0].decode(Bool.self))
            #expect(try await listener.query("SELECT count(*) FROM daybook.events")[0].decode(Int.self) == 1)
        }
    }

    @Test func aTransactionThatLoggedNothingLetsTheDaemonSleep() async throws {
        try await withFixture { fixture, listener in
            try await fixture.run("BEGIN; UPDATE visits SET note = 'n'; SAVEPOINT s; \(Self.insert); ROLLBACK TO s")
            #expect(try await listener.query(Self.tryLock)[0].decode(Bool.self))
            try await fixture.run("ROLLBACK")
        }
    }
}
