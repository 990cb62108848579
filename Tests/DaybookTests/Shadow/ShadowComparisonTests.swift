import PostgresClient
import Testing

@testable import Daybook

/// What is said of a job's table that is wrong in one way or another.
@Suite("Shadow comparison", .timeLimit(.minutes(5)))
struct ShadowComparisonTests {
    @Test func aTableThatIsRightIsEqual() async throws {
        try await ShadowFixture.with { fixture async throws in
            try await fixture.build()
            let report = try await fixture.shadow()
            #expect(report.isEqual && report.oursIsEqual, "\(report.drawn)")
            #expect(report.rollups[0].days.count == 4 && report.rollups[0].days.allSatisfy { $0.rows == 3 })
            #expect(report.rollups[0].lacking == ["bytes_each"])
            #expect(report.rollups[0].others == ["id", "updated_at"])
        }
    }

    @Test func lateAndChangedRowsAreProven() async throws {
        try await ShadowFixture.with { fixture async throws in
            try await fixture.build()
            try await fixture.run(
                """
                INSERT INTO visits (site, at, bytes, browser) VALUES ('site1', '2025-03-03 12:00', 1000, 'b1');
                UPDATE visits SET bytes = bytes + 5 WHERE id = (SELECT min(id) FROM visits WHERE site = 'site2');
                INSERT INTO visits (site, at, bytes, browser) VALUES ('new', '2025-03-04', 1, 'b1');
                """)
            // Before any engine has seen it: the events are in the log.
            let report = try await fixture.shadow()
            let reasons = report.rollups[0].days.reduce(into: [String: Int]()) {
                $0.merge($1.reasons, uniquingKeysWith: +)
            }
            #expect(reasons == ["late row": 4, "changed row": 1], "\(report.drawn)")
            let bytes = report.rollups[0].findings.filter { $0.column == "bytes" }
            #expect(bytes.map(\.theirs) == ["580", "560"] && bytes.map(\.right) == ["1580", "565"])
        }
    }

    @Test func aDayThatWasNeverFilledAndRowsThatAreTooMany() async throws {
        try await ShadowFixture.with { fixture async throws in
            try await fixture.build()
            try await fixture.run(
                """
                DELETE FROM visits_daily WHERE day = '2025-03-05';
                INSERT INTO visits_daily (day, site, visits) VALUES ('2025-03-03', 'nobody', 7), ('2024-01-01', 'old', 7);
                UPDATE visits_daily SET visits = 1 WHERE day = '2025-03-04' AND site = 'site1';
                """)
            let report = try await fixture.shadow()
            let days = report.rollups[0].days
            #expect(days.map(\.missing) == [0, 0, 0, 3, 0] && days.map(\.surplus) == [1, 1, 0, 0, 0])
            #expect(days.map(\.isUnverifiable) == [true, false, false, false, false])
            #expect(days[3].reasons == ["day never filled": 3])
            #expect(days[1].reasons == ["unknown": 1] && days[2].reasons == ["unknown": 1])
            #expect(!report.isEqual && report.oursIsEqual)
        }
    }

    @Test func daysCutInAnotherZone() async throws {
        let script = ShadowFixture.history + ";" + ShadowFixture.cron(since: "2025-01-01", zone: "America/New_York")
        try await ShadowFixture.with(script) { fixture async throws in
            try await fixture.build()
            let blind = try await fixture.shadow()
            #expect(!blind.isEqual && !blind.rollups[0].days.contains { $0.reasons["time zone"] != nil })
            let told = try await fixture.shadow(zones: ["Asia/Tokyo", "America/New_York"])
            let reasons = Set(told.rollups[0].findings.map(\.reason))
            #expect(reasons.contains("time zone: right with days of America/New_York"), "\(told.drawn)")
            #expect(
                reasons.isSubset(of: ["time zone: right with days of America/New_York", "unknown"]), "\(told.drawn)")
            // Nothing of the question stays behind.
            #expect(try await fixture.count("pg_proc WHERE proname LIKE 'event\\_2147%'") == 0)
        }
    }

    /// The zone of the server, or of the database, needs no telling.
    @Test func theDatabasesOwnZoneIsTried() async throws {
        let script = ShadowFixture.history + ";" + ShadowFixture.cron(since: "2025-01-01", zone: "Pacific/Auckland")
        try await ShadowFixture.with(script) { fixture async throws in
            try await fixture.build()
            let name: String = try await fixture.value("SELECT current_database()::text")
            try await fixture.run("ALTER DATABASE \(name.quotedIdentifier) SET TimeZone = 'Pacific/Auckland'")
            let report = try await fixture.withSession { session in
                try await ShadowExaminer(on: session).compare(
                    DefinitionLoader.load(directory: fixture.directory), in: nil)
            }
            #expect(report.rollups[0].days.contains { $0.reasons["time zone"] != nil }, "\(report.drawn)")
        }
    }

    @Test func estimatesAndColumnsNobodyCounted() async throws {
        let script =
            ShadowFixture.history + ";" + ShadowFixture.cron(since: "2025-01-01") + """
                ; UPDATE visits_daily SET browsers = jsonb_build_array(
                    jsonb_build_object('browser', 'grok', 'count', visits * 4 / 5),
                    jsonb_build_object('browser', 'fallback', 'count', visits - visits * 4 / 5)) WHERE day = '2025-03-03';
                UPDATE visits_daily SET bytes = 0 WHERE day = '2025-03-04'
                """
        try await ShadowFixture.with(script) { fixture async throws in
            try await fixture.build()
            let days = try await fixture.shadow().rollups[0].days
            #expect(days.map(\.reasons) == [["estimate": 3], ["not counted": 3], [:], [:]])
            #expect(days.map(\.wrong) == [3, 3, 0, 0])
        }
    }

    @Test func duplicatesOfATableWithoutAKey() async throws {
        let table = "CREATE TABLE visits_daily (day date, site text, visits integer, note text)"
        try await FeedFixture.with(Visits.table + table, installed: false) { fixture async throws in
            try await fixture.run(ShadowFixture.history)
            try await fixture.run(
                """
                INSERT INTO visits_daily SELECT (at AT TIME ZONE 'UTC')::date, site, count(*) FROM visits GROUP BY 1, 2;
                INSERT INTO visits_daily SELECT * FROM visits_daily WHERE day = '2025-03-04'
                """)
            try await fixture.installShadow()
            try await fixture.build()
            let days = try await fixture.shadow().rollups[0].days
            #expect(days.map(\.reasons) == [[:], ["duplicate row": 3], [:], [:]])
            #expect(days.map(\.surplus) == [0, 3, 0, 0])
            let error = await #expect(throws: DefinitionError.self) { _ = try await fixture.adopt() }
            #expect(error?.problems.count == 1 && "\(error?.problems[0].message ?? "")".contains("more than one row"))
        }
    }

    @Test func oursIsComparedToo() async throws {
        try await ShadowFixture.with { fixture async throws in
            try await fixture.build()
            try await fixture.run("UPDATE daybook_shadow.visits_daily SET bytes = 0 WHERE day = '2025-03-05'")
            let report = try await fixture.shadow(("2025-03-04", "2025-03-05"))
            #expect(report.isEqual && !report.oursIsEqual)
            #expect(report.rollups[0].days.map(\.ours) == [0, 3])
        }
    }

    @Test func withoutKeyColumnsOrATable() async throws {
        try await FeedFixture.with(
            Visits.table + "CREATE TABLE visits_daily (day date, visits integer)", installed: false
        ) { fixture async throws in
            try await fixture.run(ShadowFixture.history)
            try await fixture.installShadow()
            try await fixture.build()
            let error = await #expect(throws: ShadowError.self) { _ = try await fixture.shadow() }
            #expect("\(error.map { "\($0)" } ?? "")".contains("it has no column site"))
            try await fixture.run("DROP TABLE visits_daily")
            let report = try await fixture.shadow()
            #expect(report.isEqual && report.rollups[0].exists == false)
        }
    }
}
