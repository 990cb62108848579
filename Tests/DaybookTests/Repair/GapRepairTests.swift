import PostgresClient
import Testing

@testable import Daybook

/// What was missed is found in the sources, key by key.
struct GapRepairTests {
    private static let rows = """
        INSERT INTO visits (site, at, bytes, browser)
        SELECT 's' || i % 5, now() - (i % 40) * interval '1 day', i, 'b' || i % 3 FROM generate_series(1, 400) AS i;
        """

    private func waitForRepair(_ fixture: FeedFixture) async throws {
        try await eventually("no gap is open") {
            try await fixture.count("daybook.gaps WHERE state <> 'repaired'") == 0
        }
        try await fixture.settle()
    }

    @Test func truncate() async throws {
        try await FeedFixture.with(Visits.table + Self.rows) { fixture in
            try await fixture.withEngine { _ in
                try await fixture.settle()
                try await fixture.run(
                    "BEGIN; TRUNCATE visits; INSERT INTO visits (site, at, bytes) VALUES ('new', now(), 1); COMMIT")
                try await waitForRepair(fixture)
                #expect(try await fixture.isExact())
                #expect(try await fixture.count("visits_daily") == 1)
            }
            #expect(
                try await fixture.table(
                    "SELECT cause, state, keys_examined > 0 AS examined, keys_rebuilt > 0 AS rebuilt FROM daybook.gaps")
                        == """
                        cause     | state    | examined | rebuilt
                        truncated | repaired | true     | true
                        """)
        }
    }

    @Test func whatHappenedWhileATriggerWasOff() async throws {
        try await FeedFixture.with(Visits.table + Self.rows) { fixture in
            try await fixture.withEngine { _ in
                try await fixture.settle()
                try await fixture.run(
                    """
                    ALTER TABLE visits DISABLE TRIGGER USER;
                    DELETE FROM visits WHERE id % 7 = 0; UPDATE visits SET bytes = bytes + 1 WHERE id % 7 = 1;
                    INSERT INTO visits (site, at, bytes) VALUES ('unseen', now(), 1)
                    """)
                #expect(try await fixture.install().statements > 0)
                try await waitForRepair(fixture)
                #expect(try await fixture.isExact())
                try await fixture.run("INSERT INTO visits (site, at, bytes) VALUES ('seen', now(), 1)")
                try await fixture.settle()
                #expect(try await fixture.isExact())
            }
        }
    }

    @Test(arguments: [
        "DISABLE TRIGGER daybook_insert; $load; ALTER TABLE visits ENABLE ALWAYS TRIGGER daybook_insert",
        "DISABLE TRIGGER USER; $load; ALTER TABLE visits ENABLE TRIGGER USER",
    ])
    func aLoadWithTheTriggersOff(_ script: String) async throws {
        try await FeedFixture.with(Visits.table + Self.rows) { fixture in
            try await fixture.withEngine { _ in
                try await fixture.settle()
                try await fixture.run(
                    "ALTER TABLE visits "
                        + script.replacing("$load", with: "INSERT INTO visits (site, at) VALUES ('loaded', now())"))
                try await eventually("the load is found") { try await fixture.isExact() }
                try await waitForRepair(fixture)
                #expect(
                    try await fixture.count("pg_trigger WHERE tgrelid = 'visits'::regclass AND tgenabled = 'A'") == 4)
            }
        }
    }

    @Test func aGapStaysOpenWhileATriggerIsOff() async throws {
        try await FeedFixture.with(Visits.table + Self.rows) { fixture in
            try await fixture.withEngine { _ in
                try await fixture.settle()
                try await fixture.run("ALTER TABLE visits DISABLE TRIGGER daybook_update")
                try await eventually("the gap is open") {
                    try await fixture.count("daybook.gaps WHERE cause = 'trigger disabled' AND state = 'open'") == 1
                }
                try await fixture.run(
                    "UPDATE visits SET bytes = bytes + 1; INSERT INTO visits (site, at) VALUES ('seen', now())")
                try await eventually("what is captured counts") {
                    try await fixture.count("visits_daily WHERE site = 'seen'") == 1
                }
                #expect(try await fixture.count("daybook.gaps WHERE state = 'open'") == 1)
                try await fixture.run("ALTER TABLE visits ENABLE ALWAYS TRIGGER daybook_update")
                try await waitForRepair(fixture)
                #expect(try await fixture.isExact())
            }
        }
    }

    @Test func whatCouldNotBeCaptured() async throws {
        try await FeedFixture.with(Visits.table + Self.rows) { fixture in
            try await fixture.withEngine { _ in
                try await fixture.settle()
                // For a while there is no log to write to.
                try await fixture.run("ALTER TABLE daybook.events ADD CONSTRAINT broken CHECK (n IS NULL) NOT VALID")
                for step in 0..<10 {
                    try await fixture.run(
                        "INSERT INTO visits (site, at, bytes) VALUES ('lost\(step)', now(), 1); DELETE FROM visits WHERE id = \(step)"
                    )
                }
                try await fixture.run("ALTER TABLE daybook.events DROP CONSTRAINT broken")
                try await waitForRepair(fixture)
                #expect(try await fixture.isExact())
                #expect(try await fixture.count("daybook.gaps") > 0)
            }
        }
    }

    @Test func aDaemonThatWasAwayRepairsAtItsStart() async throws {
        try await FeedFixture.with(Visits.table + Self.rows) { fixture in
            try await fixture.withEngine { _ in try await fixture.settle() }
            try await fixture.run("TRUNCATE visits; \(Self.rows) DELETE FROM visits WHERE id % 2 = 0")
            try await fixture.withEngine { _ in
                try await waitForRepair(fixture)
                #expect(try await fixture.isExact())
            }
        }
    }

    @Test func aRepairThatWasCutShortIsTakenUpAgain() async throws {
        try await FeedFixture.with(Visits.table + Self.rows) { fixture in
            try await fixture.withEngine { _ in try await fixture.settle() }
            try await fixture.run("TRUNCATE visits; UPDATE daybook.gaps SET state = 'repairing'")
            try await fixture.withEngine { _ in
                try await waitForRepair(fixture)
                #expect(try await fixture.count("visits_daily") == 0)
            }
        }
    }

    /// With limits so low that turns flush before they are done, too.
    @Test(arguments: [false, true])
    func repairUnderWriters(isTight: Bool) async throws {
        try await FeedFixture.with(Visits.table + Self.rows) { fixture in
            try await fixture.withEngine({ settings in
                if isTight { (settings.limits.dirtyRows, settings.limits.days, settings.limits.rows) = (1, 2, 10) }
            }) { _ in
                try await fixture.settle()
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for writer in 0..<3 {
                        group.addTask {
                            try await fixture.withSession { session in
                                for step in 0..<60 {
                                    try await session.execute(
                                        """
                                        INSERT INTO visits (site, at, bytes) VALUES ('w\(writer)', now() - \(step % 9) * interval '1 day', \(step));
                                        UPDATE visits SET bytes = bytes + 1 WHERE id = \(writer * 100 + step);
                                        DELETE FROM visits WHERE id = \(writer * 100 + step - 5)
                                        """)
                                }
                            }
                        }
                    }
                    for _ in 0..<5 {
                        try await fixture.run(
                            "SELECT daybook.record_gap('public.visits', 'capture failed', NULL, NULL)")
                        try await eventually("repaired") {
                            try await fixture.count("daybook.gaps WHERE state <> 'repaired'") == 0
                        }
                    }
                    try await group.waitForAll()
                }
                try await fixture.settle()
                #expect(try await fixture.isExact())
                let rebuilt = try await fixture.table(
                    "SELECT cause, detail, rollup, keys_rebuilt FROM daybook.gaps WHERE keys_rebuilt > 0")
                #expect(
                    rebuilt == "cause | detail | rollup | keys_rebuilt", "nothing was missed, so nothing is rebuilt")
            }
        }
    }

    /// A key whose deltas add up to nonsense is read from the sources within the same turn.
    @Test func aRowEditedByHandIsPutRightWhenItBecomesImpossible() async throws {
        try await FeedFixture.with(Visits.table + Self.rows) { fixture in
            try await fixture.withEngine { _ in try await fixture.settle() }
            try await fixture.run("UPDATE visits_daily SET visits = 0, browsers = '[]' WHERE site = 's1'")
            try await fixture.withEngine { _ in
                try await fixture.settle()
                #expect(try await fixture.isExact() == false, "what no event touches stays as it was edited")
                try await fixture.run("UPDATE visits SET site = 'gone' WHERE site = 's1'")
                try await fixture.settle()
                #expect(try await fixture.isExact())
            }
            #expect(try await fixture.count("daybook.gaps WHERE cause = 'drift' AND state = 'repaired'") > 0)
        }
    }

    /// Other edits stay until a repair compares: deltas count on top of what the table has.
    @Test func aPlausibleEditStaysUntilARepair() async throws {
        try await FeedFixture.with(Visits.table + Self.rows) { fixture in
            try await fixture.withEngine { _ in try await fixture.settle() }
            try await fixture.run("UPDATE visits_daily SET bytes = bytes + 1000 WHERE site = 's1'")
            try await fixture.withEngine { _ in
                try await fixture.run(
                    "INSERT INTO visits (site, at, bytes) SELECT 's1', at, 1 FROM visits WHERE site = 's1'")
                try await fixture.settle()
                #expect(try await fixture.isExact() == false)
                try await fixture.run("SELECT daybook.record_gap('public.visits', 'by hand', NULL, NULL)")
                try await waitForRepair(fixture)
                #expect(try await fixture.isExact())
            }
        }
    }

    /// A source row that no expression can be evaluated for keeps its gap open, and nothing else.
    @Test func aPoisonedRowHoldsUpNothingElse() async throws {
        let yaml = Visits.yaml.replacing("bytes: bytes\n", with: "bytes: 1000 / bytes\n")
        try await FeedFixture.with(Visits.table, [yaml]) { fixture in
            try await fixture.withEngine { run in
                try await fixture.settle()
                try await fixture.run("INSERT INTO visits (site, at, bytes) VALUES ('bad', now(), 0)")
                try await fixture.run("INSERT INTO visits (site, at, bytes) VALUES ('good', now(), 10)")
                try await eventually("the others are counted") {
                    try await fixture.count("visits_daily WHERE site = 'good'") == 1
                }
                #expect(try await fixture.count("daybook.gaps WHERE state <> 'repaired'") == 1)
                #expect(run.status.reconnects == 0)
                try await fixture.run("UPDATE visits SET bytes = 5 WHERE site = 'bad'")
                try await waitForRepair(fixture)
                #expect(
                    try await fixture.table("SELECT site, visits, bytes FROM visits_daily ORDER BY site") == """
                        site | visits | bytes
                        bad  | 1      | 200
                        good | 1      | 100
                        """)
            }
        }
    }

    /// | a leader that is losing the lead      | its successor                          |
    /// | ------------------------------------- | -------------------------------------- |
    /// | sees that a gap is open               |                                        |
    /// |                                       | takes the lead                         |
    /// |                                       | opens again what was under repair      |
    /// | takes the gap on: nobody closes it    |                                        |
    @Test func aLeaderThatWasTakesNoGapOn() async throws {
        try await FeedFixture.with { fixture in
            let former = try await Cursor.claim(on: fixture.connection)
            try await fixture.run("TRUNCATE visits")
            let present = try await Cursor.claim(on: fixture.connection)
            #expect(try await Repair.ofOldestGaps(epoch: former.epoch, except: [], on: fixture.connection) == nil)
            #expect(try await fixture.value("SELECT state FROM daybook.gaps", as: String.self) == "open")
            #expect(try await Repair.ofOldestGaps(epoch: present.epoch, except: [], on: fixture.connection) != nil)
        }
    }
}
