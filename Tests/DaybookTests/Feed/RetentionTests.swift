import PostgresClient
import Testing

@testable import Daybook

/// Source rows that are deleted because they are old, on a real Postgres: the rollups keep what they said.
@Suite("Retention", .timeLimit(.minutes(5)))
struct RetentionTests {
    private static let history = """
        INSERT INTO visits (site, at, bytes, browser)
        SELECT 'site' || n % 3, date '2025-03-03' + n % 4, n, 'b' || n % 2 FROM generate_series(1, 120) AS n
        """
    private static let cleanUp =
        "BEGIN; SET LOCAL daybook.retention = on; DELETE FROM visits WHERE at < '2025-03-05'; COMMIT"
    private static let thinned = "SELECT day, reason FROM daybook.thinned ORDER BY day"
    private static let thinnedDays = """
        day        | reason
        2025-03-03 | source rows deleted under daybook.retention
        2025-03-04 | source rows deleted under daybook.retention
        """

    @Test func rowsLeaveTheSourceAndStayInTheRollup() async throws {
        try await FeedFixture.with { fixture in
            try await fixture.run(Self.history)
            try await fixture.withEngine { _ in
                try await fixture.settle()
                let before = try await fixture.visitsDaily()
                try await fixture.run(Self.cleanUp)
                try await fixture.run(Self.cleanUp)
                try await fixture.settle()
                #expect(try await fixture.visitsDaily() == before)
                #expect(try await fixture.table(Self.thinned) == Self.thinnedDays)
                // The audit knows, and calls it no drift.
                let finding = try await Auditor(on: fixture.connection)
                    .audit(DefinitionLoader.load(directory: fixture.directory))[0]
                #expect(finding.different == 0)
                #expect(finding.thinned.map { "\($0)" } == ["2025-03-03", "2025-03-04"])
                // The rest of the day goes on.
                try await fixture.run(
                    "INSERT INTO visits (site, at, bytes, browser) VALUES ('late', '2025-03-03', 1, 'b0')")
                try await fixture.settle()
                #expect(try await fixture.count("visits_daily WHERE day = '2025-03-03'") == 4)
            }
        }
    }

    @Test func withoutTheSettingADeletionRetracts() async throws {
        try await FeedFixture.with { fixture in
            try await fixture.run(Self.history)
            try await fixture.withEngine { _ in
                try await fixture.settle()
                try await fixture.run(
                    "BEGIN; SET LOCAL daybook.retention = off; DELETE FROM visits WHERE at < '2025-03-05'; COMMIT")
                // The setting is the transaction's own.
                try await fixture.run("BEGIN; SET LOCAL daybook.retention = on; COMMIT")
                try await fixture.run("DELETE FROM visits WHERE at < '2025-03-06'")
                try await fixture.settle()
                #expect(try await fixture.isExact())
                #expect(try await fixture.count("daybook.thinned") == 0)
            }
        }
    }

    @Test func aComputationOfAThinnedDayIsRefused() async throws {
        try await FeedFixture.with { fixture in
            try await fixture.run(Self.history)
            try await fixture.withEngine { _ in
                try await fixture.settle()
                try await fixture.run(Self.cleanUp)
                let before = try await fixture.visitsDaily()
                try await fixture.run(
                    "INSERT INTO daybook.requests (kind, from_day, to_day) VALUES ('backfill', '2025-03-03', '2025-03-06')"
                )
                try await eventually("the request is answered") {
                    try await fixture.count(
                        "daybook.requests WHERE state = 'failed' AND message LIKE '%snapshot restore%'") == 1
                }
                #expect(try await fixture.visitsDaily() == before)
            }
        }
    }

    @Test func aRepairLeavesThinnedDaysAlone() async throws {
        try await FeedFixture.with { fixture in
            try await fixture.run(Self.history)
            try await fixture.withEngine { _ in
                try await fixture.settle()
                try await fixture.run(Self.cleanUp)
                let before = try await fixture.visitsDaily()
                try await fixture.run(
                    "INSERT INTO daybook.gaps (source, cause) VALUES ('public.visits', 'capture failed')")
                try await eventually("the gap is closed") {
                    try await fixture.count("daybook.gaps WHERE state = 'repaired'") == 1
                }
                #expect(try await fixture.visitsDaily() == before)
            }
        }
    }

    /// ```
    /// clean-up A                       clean-up B
    /// DELETE … day 1, day 2
    ///                                  DELETE … day 2, day 1   (other rows)
    ///                                  COMMIT                  does not wait for A
    /// COMMIT
    /// ```
    @Test func concurrentCleanUpsDoNotWaitForEachOther() async throws {
        try await FeedFixture.with { fixture in
            try await fixture.run(Self.history)
            try await fixture.withSession { first in
                try await fixture.withSession { second in
                    try await first.execute(
                        "BEGIN; SET LOCAL daybook.retention = on; DELETE FROM visits WHERE id <= 40")
                    try await second.execute(
                        """
                        BEGIN; SET LOCAL daybook.retention = on; SET LOCAL statement_timeout = '20s';
                        DELETE FROM visits WHERE id > 40; COMMIT
                        """
                    )
                    try await first.execute("COMMIT")
                }
            }
            #expect(try await fixture.count("(SELECT DISTINCT day FROM daybook.thinned) AS d") == 4)
            #expect(try await fixture.count("daybook.gaps") == 0)
        }
    }

    /// The deleting role needs no right on anything of Daybook's, and a hostile search path changes nothing.
    @Test func anyRoleMayCleanUp() async throws {
        try await FeedFixture.with { fixture in
            try await fixture.run(Self.history)
            let role = "cleaner_\(UInt32.random(in: 0...UInt32.max))"
            try await fixture.run(
                """
                CREATE ROLE \(role); GRANT SELECT, DELETE ON visits TO \(role);
                CREATE SCHEMA evil; GRANT USAGE ON SCHEMA evil TO PUBLIC;
                CREATE FUNCTION evil.never(text, text) RETURNS boolean LANGUAGE sql AS 'SELECT false';
                CREATE OPERATOR evil.= (LEFTARG = text, RIGHTARG = text, FUNCTION = evil.never);
                """
            )
            try await fixture.run(
                "BEGIN; SET LOCAL ROLE \(role); SET LOCAL search_path = evil, public, pg_catalog; SET LOCAL daybook.retention = on; DELETE FROM visits; COMMIT"
            )
            #expect(try await fixture.count("(SELECT DISTINCT day FROM daybook.thinned) AS d") == 4)
            #expect(try await fixture.count("daybook.gaps") == 0)
            try await fixture.run("DROP OWNED BY \(role); DROP ROLE \(role)")
        }
    }
}
