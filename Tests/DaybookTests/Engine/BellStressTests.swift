import PostgresClient
import Testing

@testable import Daybook

/// The real engine falls asleep and is woken, over and over, with a heartbeat that could not save a lost bell.
struct BellStressTests {
    private func withSleeper(_ body: (FeedFixture, EngineRun) async throws -> Void) async throws {
        try await FeedFixture.with { fixture in
            try await fixture.withEngine({ settings in
                settings.bell.heartbeat = .seconds(60)
                settings.healthPeriod = .seconds(60)
                settings.bell.quietPolls = 1
                settings.bell.pollInterval = .milliseconds(1)
            }) { run in
                try await fixture.settle()
                try await body(fixture, run)
            }
        }
    }

    @Test func noEventIsSleptThrough() async throws {
        try await withSleeper { fixture, run in
            var generator = SeededGenerator(seed: 3)
            var slowest = Duration.zero
            var sleeps = 0
            for step in 1...300 {
                // Sometimes when it sleeps, sometimes when it is about to.
                if Bool.random(using: &generator) {
                    try await eventually("asleep") { run.status.isAsleep }
                    sleeps += 1
                } else {
                    for _ in 0..<Int.random(in: 0..<20_000, using: &generator) { await Task.yield() }
                }
                let events = run.status.events
                try await fixture.run("INSERT INTO visits (site, at, bytes) VALUES ('a', '2024-05-01', \(step))")
                let start = ContinuousClock.now
                try await eventually("event \(step) is seen", within: .seconds(20)) { run.status.events > events }
                slowest = max(slowest, start.duration(to: .now))
            }
            #expect(sleeps > 50)
            #expect(slowest < .seconds(15), "\(slowest)")
            try await fixture.settle()
            #expect(try await fixture.isExact())
        }
    }

    @Test func concurrentWritersAreNeverSleptThrough() async throws {
        try await withSleeper { fixture, run in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for writer in 0..<4 {
                    group.addTask {
                        var generator = SeededGenerator(seed: UInt64(writer))
                        try await fixture.withSession { session in
                            for step in 0..<80 {
                                let end = Int.random(in: 0..<5, using: &generator) == 0 ? "ROLLBACK" : "COMMIT"
                                try await session.execute(
                                    "BEGIN; INSERT INTO visits (site, at, bytes) VALUES ('w\(writer)', '2024-05-01', \(step))"
                                )
                                for _ in 0..<Int.random(in: 0..<5_000, using: &generator) { await Task.yield() }
                                try await session.execute(end)
                                if step % 4 == writer { try await eventually("asleep") { run.status.isAsleep } }
                            }
                        }
                    }
                }
                try await group.waitForAll()
            }
            // Far within the heartbeat: nobody is left to ring once more.
            try await eventually("everything is flushed", within: .seconds(5)) { try await fixture.isFlushed() }
            #expect(try await fixture.isExact())
        }
    }

    /// Told by listening beside the daemon.
    @Test func nobodyRingsWhileTheDaemonIsAwake() async throws {
        try await FeedFixture.with { fixture in
            try await fixture.withEngine({ $0.bell.quietPolls = 100_000 }) { run in
                try await fixture.settle()
                try await fixture.withSession { listener in
                    try await listener.listen(to: [FeedSchema.bellChannel]) { notifications in
                        for step in 0..<100 {
                            try await fixture.run("INSERT INTO visits (site, at) VALUES ('a\(step)', now())")
                        }
                        try await fixture.settle()
                        try await fixture.run("NOTIFY \(FeedSchema.bellChannel), 'end'")
                        let first = try await notifications.next(timeout: .seconds(20))
                        #expect(first?.payload == "end")
                    }
                }
            }
        }
    }

    @Test func aSleeperIsRungAndAnIdleWriterKeepsItPolling() async throws {
        try await withSleeper { fixture, run in
            try await eventually("asleep") { run.status.isAsleep }
            try await fixture.withSession { idle in
                try await idle.execute("BEGIN; INSERT INTO visits (site, at) VALUES ('idle', '2024-05-01')")
                // It rang by nothing yet: the daemon sleeps on until the commit.
                try await fixture.run("INSERT INTO visits (site, at) VALUES ('a', '2024-05-01')")
                try await eventually("awake") { try await fixture.count("visits_daily") == 1 }
                try await fixture.withSession { second in
                    try await second.execute("BEGIN")
                    try await eventually("a writer that found it awake") {
                        try await second.execute(
                            "SAVEPOINT s; INSERT INTO visits (site, at) VALUES ('second', '2024-05-01')")
                        let holds = try await second.query(
                            "SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid() AND granted)"
                        )[0].decode(Bool.self)
                        if !holds {
                            try await second.execute("ROLLBACK TO s")
                            try await fixture.run("INSERT INTO visits (site, at) VALUES ('a', '2024-05-01')")
                        }
                        return holds
                    }
                    for _ in 0..<20 {
                        let events = run.status.events
                        try await fixture.run("INSERT INTO visits (site, at) VALUES ('a', '2024-05-01')")
                        try await eventually("seen") { run.status.events > events }
                        #expect(!run.status.isAsleep)
                    }
                    try await second.execute("COMMIT")
                }
                try await idle.execute("COMMIT")
                try await eventually("all is flushed", within: .seconds(5)) { try await fixture.isFlushed() }
                #expect(try await fixture.isExact())
            }
        }
    }
}
