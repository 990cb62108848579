import PostgresClient
import Testing

@testable import Daybook

/// One writer, whoever thinks otherwise.
struct LeadershipTests {
    @Test func aSecondEngineStandsByAndTakesOver() async throws {
        try await FeedFixture.with { fixture in
            let first = EngineRun(fixture.settings())
            try await eventually("the first leads") { first.status.role == .leader }
            try await fixture.withEngine { second in
                try await eventually("the second stands by") { second.status.role == .standby }
                try await eventually("both are listed") {
                    try await fixture.table("SELECT role FROM daybook.daemons ORDER BY role") == "role\nleader\nstandby"
                }
                try await fixture.run("INSERT INTO visits (site, at) VALUES ('a', now())")
                try await fixture.settle()
                #expect(second.status.turns == 0)
                await first.kill()
                try await eventually("the second leads") { second.status.role == .leader }
                try await fixture.run("INSERT INTO visits (site, at) VALUES ('b', now())")
                try await fixture.settle()
                #expect(try await fixture.isExact())
            }
        }
    }

    /// Two daemons, the lead torn from one to the other twenty times while writers write: whoever leads is killed or loses
    /// its lock, in turns. A trigger on the cursor writes down who flushed when.
    @Test func twentyQuickChangesOfTheLead() async throws {
        try await FeedFixture.with { fixture in
            try await fixture.run(
                """
                CREATE TABLE flush_log (id bigserial, epoch bigint, flush bigint);
                CREATE FUNCTION log_flush() RETURNS trigger LANGUAGE plpgsql AS
                    $$ BEGIN INSERT INTO public.flush_log (epoch, flush) VALUES (NEW.epoch, NEW.flush); RETURN NULL; END $$;
                CREATE TRIGGER log_flush AFTER UPDATE ON daybook.cursor FOR EACH ROW
                    WHEN (NEW.flush <> OLD.flush) EXECUTE FUNCTION log_flush()
                """)
            var runs = [EngineRun(fixture.settings()), EngineRun(fixture.settings())]
            for change in 0..<20 {
                try await eventually("somebody leads, the other waits") {
                    Set(runs.map(\.status.role)) == [.leader, .standby]
                }
                let leader = runs[0].status.role == .leader ? 0 : 1
                let reconnects = runs[leader].status.reconnects
                let epoch = try await fixture.value("SELECT epoch FROM daybook.cursor", as: Int64.self)
                try await fixture.run(
                    """
                    INSERT INTO visits (site, at, bytes) SELECT 's' || i % 3, now() - i * interval '9 hours', i
                    FROM generate_series(1, 20) AS i;
                    UPDATE visits SET bytes = bytes + 1 WHERE id % 3 = \(change % 3);
                    DELETE FROM visits WHERE id % 17 = \(change % 17)
                    """)
                if change.isMultiple(of: 2) {
                    await runs[leader].kill()
                    runs[leader] = EngineRun(fixture.settings())
                } else {
                    try await fixture.connection.query(
                        """
                        SELECT pg_terminate_backend(l.pid) FROM pg_locks AS l
                        WHERE l.locktype = 'advisory' AND l.classid = $1::integer::oid AND l.objid = $2::integer::oid AND l.granted
                          AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
                        """,
                        [FeedSchema.lockClass, FeedSchema.leaderLock])
                    try await eventually("the leader knows") { runs[leader].status.reconnects > reconnects }
                }
                try await eventually("another epoch has begun") {
                    try await fixture.value("SELECT epoch FROM daybook.cursor", as: Int64.self) > epoch
                }
            }
            try await fixture.settle()
            #expect(try await fixture.isExact())
            for run in runs { try await run.stop() }
            #expect(try await fixture.isExact())
            // An epoch that has been followed by another never flushes again.
            let stray = try await fixture.count(
                "(SELECT epoch < max(epoch) OVER (ORDER BY flush) AS stray FROM flush_log) AS f WHERE stray")
            #expect(stray == 0)
            let (flushes, numbers) = try await (
                fixture.count("flush_log"), fixture.count("(SELECT DISTINCT flush FROM flush_log) AS f")
            )
            #expect(flushes == numbers && flushes > 0)
            #expect(try await fixture.value("SELECT epoch FROM daybook.cursor", as: Int64.self) >= 20)
        }
    }

    /// The first keeps its connection for work, but loses the one with the lock and does not notice at once.
    @Test func aLeaderThatLostItsLockCannotFlush() async throws {
        try await FeedFixture.with { fixture in
            let slow = fixture.settings {
                $0.flushEvery = .seconds(2); $0.healthPeriod = .seconds(3600); $0.bell.maySleep = false
            }
            let first = EngineRun(slow)
            try await fixture.settle()
            // Another leader claims the cursor, as it does once it has the lock.
            try await fixture.run("INSERT INTO visits (site, at) VALUES ('a', now())")
            try await eventually("counted, not flushed") { first.status.hasUnflushedRows }
            var claimed = try await Cursor.claim(on: fixture.connection)
            let flushes = try await fixture.value("SELECT flush FROM daybook.cursor", as: Int64.self)
            try await eventually("the first has noticed") { first.status.reconnects > 0 }
            #expect(first.status.lastError?.contains("taken the lead") != false)
            #expect(try await fixture.value("SELECT flush FROM daybook.cursor", as: Int64.self) == flushes)
            #expect(try await fixture.count("visits_daily") == 0)
            // It starts over, from the stored cursor, under an epoch of its own.
            try await fixture.settle()
            #expect(try await fixture.isExact())
            let position = claimed.position
            await #expect(throws: LeadershipLost.self) {
                try await claimed.advance(to: position, on: fixture.connection)
            }
            try await first.stop()
        }
    }

    @Test(arguments: ["daybook", "daybook bell"])
    func aLostConnectionIsMadeAnew(_ name: String) async throws {
        try await FeedFixture.with { fixture in
            try await fixture.withEngine(mayReconnect: true) { run in
                for step in 0..<3 {
                    try await eventually("leading") { run.status.role == .leader }
                    try await fixture.run("INSERT INTO visits (site, at) VALUES ('s\(step)', now())")
                    try await fixture.connection.query(
                        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1 AND datname = current_database() AND pid <> pg_backend_pid()",
                        [name])
                    try await fixture.run("INSERT INTO visits (site, at) VALUES ('s\(step)', now())")
                    try await eventually("reconnected") { run.status.reconnects > step }
                    try await fixture.settle()
                    #expect(try await fixture.isExact())
                }
            }
        }
    }

    @Test func withoutAnInstallationItEndsAtOnce() async throws {
        try await FeedFixture.with(installed: false) { fixture in
            let run = EngineRun(fixture.settings())
            let failure = await run.failure()
            guard case .notInstalled = failure as? FeedError else {
                Issue.record("\(String(describing: failure))")
                return
            }
        }
    }

    @Test func otherDefinitionsThanInstalledEndItAtOnce() async throws {
        try await FeedFixture.with { fixture in
            try fixture.declare([Visits.yaml.replacing("where: ok", with: "where: not ok")])
            let run = EngineRun(fixture.settings())
            guard case .definitionChanged(["visits_daily"]) = await run.failure() as? FeedError else {
                Issue.record("\(String(describing: await run.failure()))")
                return
            }
        }
    }

    @Test func aChangedDefinitionIsRebuiltUnderTheRunningDaemon() async throws {
        try await FeedFixture.with { fixture in
            try await fixture.withEngine(mayReconnect: true) { run in
                try await fixture.run("INSERT INTO visits (site, at, bytes) VALUES ('a', now(), 5), ('b', now(), 50)")
                try await fixture.settle()
                try fixture.declare([Visits.yaml.replacing("where: ok", with: "where: ok and bytes > 10")])
                #expect(try await fixture.install().rebuilt == ["visits_daily"])
                try await fixture.run("INSERT INTO visits (site, at, bytes) VALUES ('a', now(), 6), ('b', now(), 60)")
                try await eventually("rebuilt by the new definition") {
                    guard try await fixture.isFlushed() else { return false }
                    return try await fixture.table("SELECT site, visits, bytes FROM visits_daily")
                        == "site | visits | bytes\nb    | 2      | 110"
                }
                #expect(run.status.reconnects > 0)
            }
        }
    }
}
