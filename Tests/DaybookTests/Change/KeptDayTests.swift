import PostgresClient
import Testing

@testable import Daybook

/// Days whose sources are gone when the definition changes.
@Suite("Days without sources and a changed definition", .timeLimit(.minutes(5)))
struct KeptDayTests {
    private let more = Visits.yaml.replacing("  bytes: sum", with: "  bytes: sum\n  noted: sum\n  notes: count by note")
        .replacing("      bytes: bytes", with: "      bytes: bytes\n      noted: length(note)\n      note: note")
    private let kept =
        "SELECT site, day, visits, bytes, browsers, bytes_each FROM visits_daily WHERE day < '2025-03-05' ORDER BY 2, 1"

    @Test func theyKeepTheirRowsAndSayWhatTheyLack() async throws {
        try await FeedFixture.with { fixture in
            try await fixture.run(RetentionFixture.history)
            try await fixture.withEngine(mayReconnect: true) { _ in
                try await fixture.settle()
                try await fixture.run(RetentionFixture.cleanUp)
                try await fixture.settle()
                let before = try await fixture.table(kept)
                let plans = try await fixture.change(to: [more])
                #expect(
                    plans.map(\.text) == [
                        """
                        visits_daily:
                          measure noted comes
                          measure notes comes
                          2 days (2025-03-05 to 2025-03-06) will be computed from the sources, live
                          2 days (2025-03-03 to 2025-03-04) cannot be: their sources are gone, and their rows stay
                            there noted is null, and counts later changes only
                            there notes is null, and counts later changes only
                        """
                    ])
                try await fixture.settle()
                #expect(try await fixture.table(kept) == before)
                #expect(
                    try await fixture.count("visits_daily WHERE day < '2025-03-05' AND noted IS NULL AND notes IS NULL")
                        == 6)
                #expect(try await fixture.count("visits_daily WHERE day >= '2025-03-05' AND noted = visits * 4") == 6)
                #expect(
                    try await fixture.table("SELECT day, column_name, lack FROM daybook.incomplete ORDER BY 1, 2")
                        == """
                        day        | column_name | lack
                        2025-03-03 | noted       | added
                        2025-03-03 | notes       | added
                        2025-03-04 | noted       | added
                        2025-03-04 | notes       | added
                        """)
                // Later changes count as they did before.
                try await fixture.run(
                    "INSERT INTO visits (site, at, bytes, browser, note) VALUES ('site0', '2025-03-03', 10, 'b0', 'abc')"
                )
                try await fixture.run("UPDATE visits SET note = 'abcdef' WHERE note = 'abc'")
                try await fixture.settle()
                #expect(
                    try await fixture.table(
                        "SELECT visits, noted, notes FROM visits_daily WHERE day = '2025-03-03' AND site = 'site0'")
                            == """
                            visits | noted | notes
                            11     | 6     | [{"note": "abcdef", "count": 1}]
                            """)
                #expect(try await fixture.count("visits_daily WHERE day = '2025-03-03'") == 3)
                let finding = try await Auditor(on: fixture.connection)
                    .audit(DefinitionLoader.load(directory: fixture.directory))[0]
                #expect(finding.different == 0 && finding.thinned.count == 2)
            }
        }
    }

    /// Events wait while no daemon runs: those of the kept days are logged anew for the new definition.
    @Test func eventsThatWaitAreNotLost() async throws {
        try await FeedFixture.with { fixture in
            try await fixture.run(RetentionFixture.history)
            try await fixture.withEngine { _ in
                try await fixture.settle()
                try await fixture.run(RetentionFixture.cleanUp)
                try await fixture.settle()
            }
            try await fixture.run(
                """
                INSERT INTO visits (site, at, bytes, browser, note) VALUES ('site0', '2025-03-03', 10, 'b0', 'abc');
                INSERT INTO visits (site, at, bytes, browser, note) VALUES ('site0', '2025-03-05', 10, 'b0', 'abc');
                DELETE FROM visits WHERE at >= '2025-03-06';
                """)
            try await fixture.change(to: [more])
            try await fixture.run(
                "INSERT INTO visits (site, at, bytes, browser, note) VALUES ('site1', '2025-03-03', 10, 'b0', 'a')")
            try await fixture.withEngine { _ in
                try await fixture.settle()
                #expect(
                    try await fixture.table("SELECT day, sum(visits) AS visits FROM visits_daily GROUP BY 1 ORDER BY 1")
                        == """
                        day        | visits
                        2025-03-03 | 32
                        2025-03-04 | 30
                        2025-03-05 | 31
                        """)
            }
        }
    }

    @Test func changesThatWouldMoveRowsAreRefused() async throws {
        try await FeedFixture.with { fixture in
            try await fixture.run(RetentionFixture.history)
            try await fixture.withEngine { _ in
                try await fixture.settle()
                try await fixture.run(RetentionFixture.cleanUp)
                let zone = Visits.yaml.replacing("dimensions:", with: "time_zone: Europe/Berlin\ndimensions:")
                let strict = Visits.yaml.replacing("  site: text?", with: "  site: text?\n  agent: text")
                    .replacing("      site: site", with: "      site: site\n      agent: browser")
                for (yaml, word) in [(zone, "declare a second rollup"), (strict, "question mark")] {
                    let error = await #expect(throws: DefinitionChangeRefusal.self) {
                        try await fixture.change(to: [yaml])
                    }
                    #expect(error?.description.contains("2 days (2025-03-03 to 2025-03-04) of visits_daily") == true)
                    #expect(error?.description.contains(word) == true)
                }
                try fixture.declare([Visits.yaml])
                try await fixture.settle()
            }
        }
    }

    /// The rows of a day have gone from the source, and no event says so.
    @Test func aDayWhoseSourcesVanishedIsKept() async throws {
        try await FeedFixture.with { fixture in
            try await fixture.run(RetentionFixture.history)
            try await fixture.withEngine { _ in try await fixture.settle() }
            try await fixture.run(
                """
                BEGIN; ALTER TABLE visits DISABLE TRIGGER daybook_delete; DELETE FROM visits WHERE at < '2025-03-04';
                ALTER TABLE visits ENABLE ALWAYS TRIGGER daybook_delete; COMMIT
                """)
            let plans = try await fixture.change(to: [more])
            #expect(plans[0].kept.map { "\($0)" } == ["2025-03-03"])
            try await fixture.withEngine { _ in
                try await fixture.settle()
                #expect(try await fixture.count("visits_daily WHERE day = '2025-03-03' AND visits = 10") == 3)
                #expect(
                    try await fixture.table("SELECT day, reason FROM daybook.thinned") == """
                        day        | reason
                        2025-03-03 | no source rows when the definition changed
                        """)
            }
        }
    }

    @Test func whatIsUndecidedComesFirst() async throws {
        try await FeedFixture.with { fixture in
            try await fixture.withEngine { _ in try await fixture.settle() }
            try await fixture.run(
                "INSERT INTO daybook.gaps (source, cause, state) VALUES ('public.visits', 'truncated', 'undecided')")
            let error = await #expect(throws: DefinitionChangeRefusal.self) { try await fixture.change(to: [more]) }
            #expect(error?.description.contains("repair --retain") == true)
        }
    }
}
