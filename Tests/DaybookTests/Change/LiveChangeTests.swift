import PostgresClient
import Testing

@testable import Daybook

/// Definitions that change while a daemon counts and writers write, on a real Postgres.
@Suite("Changed definitions", .timeLimit(.minutes(10)))
struct LiveChangeTests {
    private static let tables =
        Visits.table + """
            CREATE TABLE imports (site text, at timestamptz, bytes bigint);
            INSERT INTO imports SELECT 'site' || n % 3, date '2025-03-03' + n % 5, n FROM generate_series(1, 50) AS n;
            """

    @Test(arguments: DefinitionCase.all)
    func theTableIsWhatTheSourcesSay(_ change: DefinitionCase) async throws {
        try await FeedFixture.with(Self.tables) { fixture in
            try await fixture.withEngine(mayReconnect: true) { _ in
                try await VisitWriter.writing(in: fixture) { writer in
                    try await writer.goOn()
                    try await fixture.change(to: [change.yaml], renames: change.renames, removals: change.removals)
                    try await writer.goOn()
                }
                try await fixture.settle()
                try await eventually("derived columns are computed") {
                    try await fixture.count("daybook.underived") == 0
                }
                #expect(try await fixture.holds(change.columns, of: change.truth))
                #expect(try await fixture.count("daybook.thinned") == 0)
                #expect(try await fixture.count("daybook.incomplete") == 0)
            }
        }
    }

    @Test func aRenameComputesNothing() async throws {
        let rename = try #require(DefinitionCase.all.first { !$0.renames.isEmpty })
        try await FeedFixture.with { fixture in
            try await fixture.run(RetentionFixture.history)
            try await fixture.withEngine(mayReconnect: true) { run in
                try await fixture.settle()
                let before = try await fixture.table("SELECT site, day, visits, bytes FROM visits_daily ORDER BY 2, 1")
                let plans = try await fixture.change(to: [rename.yaml], renames: rename.renames)
                #expect(
                    plans.map(\.text) == [
                        """
                        visits_daily:
                          column bytes becomes octets
                          column site becomes place
                          derived column bytes_each is computed otherwise
                          derived columns are computed anew from the rows' own measures
                        """
                    ])
                try await eventually("the new names are in force") { run.status.reconnects >= 1 && run.status.isReady }
                try await fixture.run(
                    "INSERT INTO visits (site, at, bytes, browser) VALUES ('late', '2025-03-03', 7, 'b')")
                try await fixture.settle()
                #expect(
                    try await fixture.table(
                        "SELECT place AS site, day, visits, octets AS bytes FROM visits_daily WHERE place <> 'late' ORDER BY 2, 1"
                    )
                        == before)
                #expect(try await fixture.count("visits_daily WHERE place = 'late' AND octets = 7") == 1)
                #expect(run.logLines.count { $0.contains("days built") } == 1, "only the first build")
            }
        }
    }

    @Test func whatGoesHasToBeSaid() async throws {
        let goes = try #require(DefinitionCase.all.first { $0.testDescription == "a measure goes" })
        try await FeedFixture.with { fixture in
            try await fixture.run(RetentionFixture.history)
            try await fixture.withEngine(mayReconnect: true) { _ in
                try await fixture.settle()
                let error = await #expect(throws: DefinitionChangeRefusal.self) {
                    try await fixture.change(to: [goes.yaml])
                }
                #expect(
                    error?.reasons == [
                        "The measure bytes of visits_daily is in the file no longer. Say --rename visits_daily.bytes=NEW if it has another name now, or --remove visits_daily.bytes if it is to go.",
                        "The derived column bytes_each of visits_daily is in the file no longer. Say --rename visits_daily.bytes_each=NEW if it has another name now, or --remove visits_daily.bytes_each if it is to go.",
                    ])
                let before = try await fixture.table(
                    "SELECT site, day, bytes, bytes_each FROM visits_daily ORDER BY 2, 1")
                try await fixture.change(to: [goes.yaml], removals: goes.removals)
                try await fixture.run(
                    "INSERT INTO visits (site, at, bytes, browser) VALUES ('late', '2025-03-03', 7, 'b')")
                try await fixture.settle()
                let kept = "SELECT site, day, bytes, bytes_each FROM visits_daily WHERE site <> 'late' ORDER BY 2, 1"
                #expect(try await fixture.table(kept) == before)
                #expect(
                    try await fixture.count("visits_daily WHERE site = 'late' AND bytes IS NULL AND visits = 1") == 1)
                // A later change that computes every day again leaves what went before alone.
                try await fixture.change(to: [goes.yaml.replacing("where: ok", with: "where: ok is not false")])
                try await fixture.settle()
                #expect(try await fixture.table(kept) == before)
            }
        }
    }
}

enum RetentionFixture {
    static let history = """
        INSERT INTO visits (site, at, bytes, browser, note)
        SELECT 'site' || n % 3, date '2025-03-03' + n % 4, n, 'b' || n % 2, 'note' FROM generate_series(1, 120) AS n
        """
    /// Takes the sources of the 3rd and the 4th.
    static let cleanUp =
        "BEGIN; SET LOCAL daybook.retention = on; DELETE FROM visits WHERE at < '2025-03-05'; COMMIT"
}
