import PostgresClient
import Testing

@testable import Daybook

/// The tables change hands, and back.
@Suite("Adoption", .timeLimit(.minutes(5)))
struct AdoptionTests {
    /// A table that refers to the job's rows, a view on them, and somebody who may read them. The sum's column fits.
    private static let dependants = """
        ALTER TABLE visits_daily ALTER COLUMN bytes TYPE bigint;
        INSERT INTO visits_daily (day, site, visits, bytes) VALUES ('2020-01-01', 'gone', 5, 50), ('2025-03-03', 'nobody', 7, 7);
        UPDATE visits_daily SET visits = visits + 1 WHERE day = '2025-03-05';
        CREATE TABLE notes (visits_daily_id integer REFERENCES visits_daily (id));
        INSERT INTO notes SELECT id FROM visits_daily WHERE site <> 'nobody';
        CREATE VIEW recent AS SELECT site, visits FROM visits_daily WHERE day >= '2025-03-05';
        GRANT SELECT ON visits_daily TO PUBLIC;
        """

    private func withCron(_ body: (FeedFixture) async throws -> Void) async throws {
        let script = ShadowFixture.history + ";" + ShadowFixture.cron(since: "2025-01-01") + ";" + Self.dependants
        try await ShadowFixture.with(script, body)
    }

    private static let identity = """
        SELECT c.oid, c.relacl, (SELECT count(*) FROM notes) AS notes, to_regclass('recent') IS NOT NULL AS view
        FROM pg_class AS c WHERE c.oid = 'visits_daily'::regclass
        """

    @Test func theTableKeepsItsIdentityAndComesBackAsItWas() async throws {
        try await withCron { fixture async throws in
            try await fixture.build()
            let (before, identity) = (
                try await fixture.table(FeedFixture.cronRows), try await fixture.table(Self.identity)
            )
            let outcomes = try await fixture.adopt()
            #expect(
                outcomes == [
                    .init(table: "public.visits_daily", other: "daybook_shadow.visits_daily_before", rows: 13)
                ])
            #expect(try await fixture.table(Self.identity) == identity)
            #expect(
                try await fixture.table(
                    "SELECT site, visits FROM visits_daily WHERE day < '2025-03-04' ORDER BY day, site")
                        == """
                        site  | visits
                        gone  | 5
                        site0 | 10
                        site1 | 10
                        site2 | 10
                        """)
            #expect(try await fixture.table("SELECT day, reason FROM daybook.thinned").contains("2020-01-01"))
            #expect(try await fixture.install().statements == 0)
            try await fixture.run("INSERT INTO visits (site, at, bytes) VALUES ('late', '2025-03-04', 1)")
            try await fixture.build()
            #expect(try await fixture.count("visits_daily WHERE site = 'late'") == 1)
            #expect(try await fixture.count("daybook_shadow.visits_daily WHERE site = 'late'") == 0)

            #expect(try await fixture.goBack().map(\.rows) == [14])
            #expect(try await fixture.table(FeedFixture.cronRows) == before)
            #expect(try await fixture.table(Self.identity) == identity)
            #expect(try await fixture.count("daybook_shadow.visits_daily") == 13)
            #expect(try await fixture.count("daybook.thinned") == 0)
            #expect(try await fixture.shadow().oursIsEqual)
            #expect(try await fixture.adopt().map(\.rows) == [14])
        }
    }

    @Test func whatIsNotRightOrNotBuiltIsNotAdopted() async throws {
        try await withCron { fixture async throws in
            let unbuilt = await #expect(throws: ShadowError.self) { _ = try await fixture.adopt() }
            #expect("\(unbuilt.map { "\($0)" } ?? "")".contains("Not built yet: visits_daily"))
            try await fixture.build()
            try await fixture.run("UPDATE daybook_shadow.visits_daily SET bytes = 0 WHERE day = '2025-03-05'")
            let before = try await fixture.table(FeedFixture.cronRows)
            let different = await #expect(throws: ShadowError.self) { _ = try await fixture.adopt() }
            #expect("\(different.map { "\($0)" } ?? "")".contains("3 keys on 1 days"))
            #expect(try await fixture.table(FeedFixture.cronRows) == before)
            #expect(
                try await fixture.value(
                    "SELECT to_regclass('daybook_shadow.visits_daily_before') IS NULL", as: Bool.self))
            let nothing = await #expect(throws: ShadowError.self) { _ = try await fixture.goBack() }
            #expect("\(nothing.map { "\($0)" } ?? "")".contains("No rollup has been adopted"))
        }
    }

    @Test func aTableThatDoesNotFitIsRefusedAsByInstall() async throws {
        try await ShadowFixture.with { fixture async throws in
            try await fixture.build()
            let error = await #expect(throws: DefinitionError.self) { _ = try await fixture.adopt() }
            #expect(error?.problems.map(\.key) == ["measures.bytes"])
        }
    }

    /// Writers and a daemon go on through both switches; whoever reads finds right numbers at each step.
    @Test func nothingIsLostWhileEverybodyWorks() async throws {
        try await withCron { fixture async throws in
            try await fixture.withEngine(mayReconnect: true) { run async throws in
                try await fixture.settle()
                let table = { (name: String) in "SELECT sum(bytes)::bigint FROM \(name) WHERE day = '2025-03-06'" }
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask {
                        try await fixture.withSession { writer in
                            var number = 0
                            while !Task.isCancelled {
                                number += 1
                                try await writer.execute(
                                    """
                                    INSERT INTO visits (site, at, bytes, browser)
                                    VALUES ('site\(number % 5)', '2025-03-06 12:00', \(number), 'b1')
                                    """)
                                try await Task.sleep(for: .milliseconds(1))
                            }
                        }
                    }
                    for _ in 1...2 {
                        _ = try await fixture.adopt()
                        let seen: Int = try await fixture.value(table("visits_daily"))
                        try await eventually("the daemon goes on with the own table") {
                            try await fixture.value(table("visits_daily")) > seen
                        }
                        _ = try await fixture.goBack()
                        let left: Int = try await fixture.value(table("daybook_shadow.visits_daily"))
                        try await eventually("the daemon goes on with the shadow") {
                            try await fixture.value(table("daybook_shadow.visits_daily")) > left
                        }
                    }
                    _ = try await fixture.adopt()
                    group.cancelAll()
                    while let ended = await group.nextResult() { if case .failure = ended { continue } }
                }
                try await eventually("the daemon leads again") { run.status.isReady }
                try await fixture.settle()
                #expect(try await fixture.count("visits_daily WHERE day = '2020-01-01'") == 1)
                try await fixture.run("DELETE FROM notes; DELETE FROM visits_daily WHERE day = '2020-01-01'")
            }
            #expect(try await fixture.isExact())
        }
    }

    /// The session dies when the rows have been exchanged and the rest waits for a lock.
    @Test func deathInTheMiddleLeavesWhatWasThere() async throws {
        try await withCron { fixture async throws in
            try await fixture.build()
            let before = try await fixture.table(FeedFixture.cronRows)
            let rollups = try await fixture.table("TABLE daybook.rollups")
            try await fixture.withSession { blocker in
                // The last statement but the epoch needs more than a reader's lock on it.
                try await blocker.execute("BEGIN; LOCK TABLE notes IN ACCESS EXCLUSIVE MODE")
                let adoption = Task {
                    try await fixture.withSession { session in
                        try await Adoption(on: session, lockTimeout: .seconds(60)).adopt(
                            DefinitionLoader.load(directory: fixture.directory))
                    }
                }
                var backend: Int32?
                try await eventually("the exchange waits for the referring table") {
                    backend = try await blocker.query(
                        "SELECT pid FROM pg_locks WHERE relation = 'notes'::regclass AND NOT granted"
                    ).first?.decode(Int32.self)
                    return backend != nil
                }
                try await blocker.query("SELECT pg_terminate_backend($1::integer)", [backend])
                await #expect(throws: (any Error).self) { try await adoption.value }
                try await blocker.execute("ROLLBACK")
            }
            #expect(try await fixture.table(FeedFixture.cronRows) == before)
            #expect(try await fixture.table("TABLE daybook.rollups") == rollups)
            #expect(try await fixture.shadow().oursIsEqual)
            #expect(try await fixture.adopt().count == 1)
        }
    }

    @Test func aLockedTableIsNotQueuedFor() async throws {
        try await withCron { fixture async throws in
            try await fixture.build()
            try await fixture.withSession { job in
                try await job.execute("BEGIN; UPDATE visits_daily SET visits = 0")
                let adoption = Adoption(on: fixture.connection, lockTimeout: .milliseconds(20), attempts: 2)
                let definitions = try DefinitionLoader.load(directory: fixture.directory)
                let error = await #expect(throws: FeedError.self) { _ = try await adoption.adopt(definitions) }
                #expect(error?.description.contains("2 attempts") == true)
                try await job.execute("ROLLBACK")
            }
        }
    }

    /// Somebody forgot to switch the job off.
    @Test func writesOfOthersAreNoticedAndMended() async throws {
        try await withCron { fixture async throws in
            try await fixture.build()
            _ = try await fixture.adopt()
            try await fixture.withEngine { _ in
                try await fixture.settle()
                #expect(try await fixture.count("daybook.gaps") == 0, "the daemon itself is no other")
                try await fixture.run(
                    """
                    SET application_name = 'old job';
                    UPDATE visits_daily SET visits = visits + 1, bytes = 0 WHERE day >= '2025-03-05';
                    RESET application_name
                    """)
                try await eventually("the gap is repaired") {
                    try await fixture.count("daybook.gaps WHERE state = 'repaired' AND keys_rebuilt = 6") == 1
                }
            }
            #expect(
                try await fixture.table("SELECT source, cause, detail FROM daybook.gaps")
                    .contains(", application old job"))
            try await fixture.run("DELETE FROM notes; DELETE FROM visits_daily WHERE day = '2020-01-01'")
            #expect(try await fixture.isExact())
            let findings = try await Doctor.examine(
                DefinitionLoader.load(directory: fixture.directory), on: fixture.connection)
            #expect(findings.contains { $0.check == "rollup-written-by-others" && $0.remedy.contains("old job off") })
        }
    }
}
