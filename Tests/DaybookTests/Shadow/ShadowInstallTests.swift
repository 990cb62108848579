import Foundation
import PostgresClient
import Testing

@testable import Daybook

/// Rollups beside tables that others keep.
@Suite("Shadow tables", .timeLimit(.minutes(5)))
struct ShadowInstallTests {
    @Test func theOwnTableIsNotTouched() async throws {
        try await ShadowFixture.with { fixture async throws in
            let before = try await fixture.table(FeedFixture.cronRows)
            try await fixture.withEngine { _ in
                try await fixture.settle()
                try await fixture.run("INSERT INTO visits (site, at, bytes) VALUES ('late', '2025-03-04', 1)")
                try await fixture.settle()
            }
            #expect(try await fixture.table(FeedFixture.cronRows) == before)
            #expect(try await fixture.count("daybook_shadow.visits_daily") == 13)
            let audit = try await Auditor(on: fixture.connection).audit(
                DefinitionLoader.load(directory: fixture.directory))
            #expect(audit[0].different == 0 && audit[0].keys == 13)
        }
    }

    /// It has the other's types, so that it can give it its rows; `numeric` holds no sum, and is passed over.
    @Test func theShadowHasTheTypesThatFit() async throws {
        try await ShadowFixture.with { fixture async throws in
            #expect(
                try await fixture.table(
                    """
                    SELECT attname, format_type(atttypid, atttypmod) AS type FROM pg_attribute
                    WHERE attrelid = 'daybook_shadow.visits_daily'::regclass AND attnum > 0 ORDER BY attnum
                    """) == """
                        attname    | type
                        site       | text
                        day        | date
                        visits     | integer
                        bytes      | bigint
                        browsers   | jsonb
                        bytes_each | bigint
                        """)
        }
    }

    @Test func whereARollupIsKeptIsAFactOfTheDatabase() async throws {
        try await ShadowFixture.with { fixture async throws in
            #expect(try await fixture.install().statements == 0, "no flag is needed to know")
            let other = Visits.yaml.replacing("visits_daily", with: "visits_again")
            try fixture.declare([Visits.yaml, other])
            #expect(try await fixture.install().rebuilt == ["visits_again"])
            #expect(try await fixture.count("daybook.rollups WHERE table_schema = 'daybook_shadow'") == 2)
            #expect(try await fixture.value("SELECT to_regclass('visits_again') IS NULL", as: Bool.self))
        }
    }

    @Test func uninstallTakesTheShadowsAndLeavesTheTable() async throws {
        try await ShadowFixture.with { fixture async throws in
            #expect(try await Installer(on: fixture.connection).uninstall())
            #expect(try await fixture.count("pg_namespace WHERE nspname LIKE 'daybook%'") == 0)
            #expect(try await fixture.count("visits_daily") == 12)
        }
    }

    @Test func anInstallationOnItsOwnTablesStaysThere() async throws {
        try await FeedFixture.with { fixture async throws in
            try await fixture.installShadow()
            #expect(try await fixture.count("daybook.rollups WHERE table_schema = 'public'") == 1)
            let error = await #expect(throws: ShadowError.self) { _ = try await fixture.shadow() }
            #expect("\(error.map { "\($0)" } ?? "")".contains("install --shadow"))
        }
    }

    /// An hour after the seal, and again when a closed day has changed and is closed again.
    @Test func nightsAreCompared() async throws {
        try await ShadowFixture.with { fixture async throws in
            try await fixture.run("UPDATE visits_daily SET visits = visits + 1 WHERE day = '2025-03-05'")
            try await fixture.withEngine({ $0.sealAt = .seconds(7200) }) { run async throws in
                try await eventually("four nights are compared") { try await fixture.count("daybook.shadow_days") == 4 }
                #expect(
                    run.logLines.contains {
                        $0.contains("compared with the cron job's table") && $0.contains("wrong=3")
                    })
            }
            #expect(
                try await fixture.table(
                    "SELECT day, rows, expected, wrong, missing, surplus, ours, reasons FROM daybook.shadow_days ORDER BY day"
                ) == """
                    day        | rows | expected | wrong | missing | surplus | ours | reasons
                    2025-03-03 | 3    | 3        | 0     | 0       | 0       | 0    | {}
                    2025-03-04 | 3    | 3        | 0     | 0       | 0       | 0    | {}
                    2025-03-05 | 3    | 3        | 3     | 0       | 0       | 0    | {"unknown": 3}
                    2025-03-06 | 3    | 3        | 0     | 0       | 0       | 0    | {}
                    """)
            let since = try #require(PostgresDate("2025-03-04"))
            let recorded = try await ShadowExaminer(on: fixture.connection).recorded(
                DefinitionLoader.load(directory: fixture.directory), since: since)
            #expect(recorded.rollups[0].days.count == 3 && recorded.rollups[0].findings.count == 3)
            #expect(recorded.rollups[0].findings.allSatisfy { $0.column == "visits" && $0.right != $0.theirs })

            try await fixture.run(ShadowFixture.cron(since: "2025-03-05"))
            try await fixture.run(
                "UPDATE daybook.seals SET state = 'sealed', sealed_at = now() WHERE day = '2025-03-05'")
            try await fixture.withEngine({ $0.sealAt = .seconds(7200) }) { _ in
                try await eventually("the day is compared again") {
                    try await fixture.count("daybook.shadow_days WHERE wrong = 0") == 4
                }
            }
            #expect(try await fixture.count("daybook.shadow_findings") == 0)
        }
    }
}
