import Foundation
import Logging
import PostgresClient
import Testing

@testable import Daybook

/// Days that are closed, and what happens to them afterwards, on a real Postgres.
@Suite struct SealTests {
    private static let history = """
        INSERT INTO visits (site, at, bytes, browser)
        SELECT 'site' || n % 3, date '2025-03-03' + n % 4, n, 'b' || n % 2 FROM generate_series(1, 120) AS n
        """

    /// Runs an engine with a snapshot folder on a history of four days, until all are sealed.
    private func withSealedHistory(_ body: (FeedFixture, EngineRun, _ snapshots: String) async throws -> Void)
        async throws
    {
        try await FeedFixture.with { fixture in
            try await fixture.run(Self.history)
            let snapshots = "\(fixture.directory)-snapshots"
            defer { try? FileManager.default.removeItem(atPath: snapshots) }
            try await fixture.withEngine({
                $0.snapshotsDirectory = snapshots
                $0.sealAt = .seconds(7200)
            }) { run in
                try await eventually("the history is sealed") {
                    try await fixture.count("daybook.seals WHERE state = 'sealed'") == 4
                }
                try await body(fixture, run, snapshots)
            }
        }
    }

    @Test func endedDaysAreSealedWithTotalsAndAnArchive() async throws {
        try await withSealedHistory { fixture, _, snapshots in
            let seals = try await fixture.table(
                """
                SELECT day, revision, verified, rows, totals->>'count' AS visits, totals->>'bytes' AS bytes
                FROM daybook.seals ORDER BY day
                """
            )
            #expect(
                seals == """
                    day        | revision | verified | rows | visits | bytes
                    2025-03-03 | 1        | true     | 3    | 30     | 1860
                    2025-03-04 | 1        | true     | 3    | 30     | 1770
                    2025-03-05 | 1        | true     | 3    | 30     | 1800
                    2025-03-06 | 1        | true     | 3    | 30     | 1830
                    """)
            let files = try SnapshotListing(directory: snapshots).entries
            #expect(files.count == 4 && files.allSatisfy { $0.kind == "archive" && $0.rows == 3 && $0.problem == nil })
        }
    }

    @Test func aLateChangeAmendsAndTellsWhatChanged() async throws {
        try await withSealedHistory { fixture, _, _ in
            try await fixture.run("UPDATE visits SET bytes = bytes + 1000 WHERE id = 4")
            try await eventually("the day is amending") {
                try await fixture.count("daybook.seals WHERE state = 'amending' AND day = '2025-03-03'") == 1
            }
            let amendments = try await fixture.table(
                """
                SELECT day, revision, key, before->>'bytes' AS before, after->>'bytes' AS after, cause FROM daybook.amendments
                """
            )
            #expect(
                amendments == """
                    day        | revision | key     | before | after | cause
                    2025-03-03 | 2        | {site1} | 580    | 1580  | late change
                    """)
        }
    }

    @Test func anAmendedDayIsSealedAgainAndTheOldArchiveGoes() async throws {
        try await withSealedHistory { fixture, run, snapshots in
            let before: String = try await fixture.value("SELECT digest FROM daybook.seals WHERE day = '2025-03-03'")
            try await fixture.run("INSERT INTO visits (site, at, bytes) VALUES ('late', '2025-03-03', 1)")
            try await eventually("the day is amending") {
                try await fixture.count("daybook.seals WHERE state = 'amending'") == 1
            }
            // As if it had been quiet for long. The next leader reads it.
            try await run.stop()
            try await fixture.run(
                "UPDATE daybook.seals SET last_amended_at = now() - interval '1 hour' WHERE state = 'amending'")
            try await fixture.withEngine({
                $0.snapshotsDirectory = snapshots
                $0.sealAt = .seconds(7200)
            }) { _ in
                try await eventually("it is sealed again") {
                    try await fixture.count("daybook.seals WHERE revision = 2") == 1
                }
            }
            let after: String = try await fixture.value("SELECT digest FROM daybook.seals WHERE day = '2025-03-03'")
            #expect(before != after)
            let paths = try SnapshotListing(directory: snapshots).entries.map(\.path)
            #expect(paths.contains { $0.contains(after) } && !paths.contains { $0.contains(before) })
        }
    }

    @Test func aSealedDayIsNotShrunkWithoutADecision() async throws {
        try await withSealedHistory { fixture, _, _ in
            let before = try await fixture.table("SELECT * FROM visits_daily ORDER BY day, site")
            try await fixture.run("TRUNCATE visits")
            try await eventually("the gap is left to an operator") {
                try await fixture.count("daybook.gaps WHERE state = 'undecided'") == 1
            }
            #expect(try await fixture.table("SELECT * FROM visits_daily ORDER BY day, site") == before)
            #expect(
                try await fixture.value("SELECT from_day || ' ' || to_day FROM daybook.gaps", as: String.self)
                    == "2025-03-03 2025-03-06")
        }
    }

    @Test(arguments: [(Request.Policy.retract, 0), (.retain, 12)])
    func theDecisionIsCarriedOut(_ policy: Request.Policy, rows: Int) async throws {
        try await withSealedHistory { fixture, run, _ in
            try await fixture.run("TRUNCATE visits")
            try await eventually("the gap is left to an operator") {
                try await fixture.count("daybook.gaps WHERE state = 'undecided'") == 1
            }
            let runner = RequestRunner(fixture.settings(), logger: .init(label: "test"))
            _ = try await runner.perform(.repair, in: nil, policy: policy) { _ in }
            #expect(try await fixture.count("visits_daily") == rows)
            #expect(try await fixture.count("daybook.gaps WHERE state <> 'repaired'") == 0)
            #expect(try await fixture.count("daybook.thinned") == (policy == .retain ? 4 : 0))
        }
    }

    @Test func aDayComesBackFromItsArchiveWhenTheSourcesAreGone() async throws {
        try await withSealedHistory { fixture, run, _ in
            let before = try await fixture.table("SELECT * FROM visits_daily WHERE day = '2025-03-04' ORDER BY site")
            try await fixture.run("DELETE FROM visits WHERE at::date = '2025-03-04'")
            try await eventually("the day is empty") {
                try await fixture.count("visits_daily WHERE day = '2025-03-04'") == 0
            }
            let day = try #require(PostgresDate("2025-03-04"))
            let runner = RequestRunner(fixture.settings(), logger: .init(label: "test"))
            _ = try await runner.perform(.restore, in: day...day) { _ in }
            #expect(
                try await fixture.table("SELECT * FROM visits_daily WHERE day = '2025-03-04' ORDER BY site") == before)
            #expect(try await fixture.count("daybook.thinned WHERE day = '2025-03-04'") == 1)
        }
    }

    @Test func aBackfillSealsWhatItFills() async throws {
        try await withSealedHistory { fixture, _, _ in
            try await fixture.run("UPDATE visits_daily SET bytes = 0 WHERE day = '2025-03-05'")
            let days =
                try #require(PostgresDate("2025-03-05")).advanced(by: -1)...(try #require(PostgresDate("2025-03-06")))
            let runner = RequestRunner(fixture.settings(), logger: .init(label: "test"))
            let outcome = try await runner.perform(.backfill, in: days) { _ in }
            #expect(outcome.daysTotal == 3 && outcome.rows == 9)
            try await eventually("they are sealed again") {
                try await fixture.count("daybook.seals WHERE revision = 2 AND state = 'sealed'") == 3
            }
            #expect(
                try await fixture.value(
                    "SELECT sum(bytes)::bigint FROM visits_daily WHERE day = '2025-03-05'", as: Int.self) == 1800)
        }
    }

    @Test func aBackfillOfDaysWithoutSourcesIsRefused() async throws {
        try await withSealedHistory { fixture, _, _ in
            try await fixture.run(
                "INSERT INTO daybook.thinned (rollup, day, reason) SELECT id, '2025-03-05', 'retention' FROM daybook.rollups"
            )
            let day = try #require(PostgresDate("2025-03-05"))
            let runner = RequestRunner(fixture.settings(), logger: .init(label: "test"))
            let failure = await #expect(throws: RequestFailure.self) {
                try await runner.perform(.backfill, in: day...day) { _ in }
            }
            #expect(failure?.description.contains("have lost source rows on purpose") == true)
            #expect(try await fixture.count("visits_daily WHERE day = '2025-03-05'") == 3)
        }
    }

    @Test func aRequestIsCarriedOutWithoutADaemon() async throws {
        try await FeedFixture.with { fixture in
            try await fixture.run(Self.history)
            let runner = RequestRunner(fixture.settings(), logger: .init(label: "test"))
            _ = try await runner.perform(.repair, in: nil) { _ in }
            try await fixture.run("UPDATE visits_daily SET bytes = bytes + 1 WHERE site = 'site1'")
            let outcome = try await runner.perform(.repair, in: nil) { _ in }
            #expect(outcome.result?.contains("\"repaired\": 4") == true)
            #expect(try await fixture.value("SELECT sum(bytes)::bigint FROM visits_daily", as: Int.self) == 7260)
        }
    }
}
