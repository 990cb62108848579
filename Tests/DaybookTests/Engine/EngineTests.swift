import PostgresClient
import Testing

@testable import Daybook

/// The engine against a real Postgres, from the sources' rows to the rollup table's.
struct EngineTests {
    private static let history = """
        INSERT INTO visits (site, at, bytes, browser)
        SELECT 's' || i % 7, '2024-01-01'::timestamptz + i * interval '3 hours', i, 'b' || i % 3 FROM generate_series(1, 2000) AS i;
        """

    @Test func eventsBecomeRows() async throws {
        try await FeedFixture.with { fixture in
            try await fixture.withEngine { _ in
                try await fixture.run(
                    """
                    INSERT INTO visits (site, at, bytes, browser) VALUES
                        ('a', '2024-05-01 10:00+00', 10, 'x'), ('a', '2024-05-01 11:00+00', 20, 'y'),
                        ('a', '2024-05-01 11:00+00', 31, 'y'), (NULL, '2024-05-01 12:00+00', 5, NULL)
                    """)
                try await fixture.settle()
                #expect(
                    try await fixture.visitsDaily() == """
                        site | day        | visits | bytes | browsers                                                     | bytes_each
                        a    | 2024-05-01 | 3      | 61    | [{"count": 2, "browser": "y"}, {"count": 1, "browser": "x"}] | 20
                        ∅    | 2024-05-01 | 1      | 5     | [{"count": 1, "browser": null}]                              | 5
                        """)
                try await fixture.run(
                    "DELETE FROM visits WHERE site IS NULL; UPDATE visits SET browser = 'x' WHERE bytes = 31")
                try await fixture.settle()
                #expect(try await fixture.isExact())
                #expect(try await fixture.count("visits_daily") == 1)
            }
        }
    }

    @Test func historyIsBuiltWhileWritersWrite() async throws {
        try await FeedFixture.with(Visits.table + Self.history) { fixture in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for writer in 0..<3 {
                    group.addTask {
                        try await fixture.withSession { session in
                            for step in 0..<60 {
                                try await session.execute(
                                    """
                                    INSERT INTO visits (site, at, bytes, browser)
                                    VALUES ('s\(writer)', '2024-01-01'::timestamptz + \(step) * interval '1 day', \(step), 'w');
                                    UPDATE visits SET bytes = bytes + 1 WHERE id = \(writer * 600 + step * 7 + 1);
                                    DELETE FROM visits WHERE id = \(writer * 600 + step * 7 + 2)
                                    """)
                            }
                        }
                    }
                }
                try await fixture.withEngine { run in
                    try await group.waitForAll()
                    try await fixture.settle()
                    #expect(try await fixture.isExact())
                    #expect(run.status.daysToBuild == 0 && run.status.isReady)
                }
            }
            #expect(try await fixture.isExact())
            #expect(try await fixture.count("daybook.rollups WHERE state = 'built' AND built_at IS NOT NULL") == 1)
            #expect(try await fixture.count("daybook.unbuilt") == 0)
        }
    }

    @Test func historyWithoutSourcesIsKeptAndCalledThinned() async throws {
        let existing = """
            CREATE TABLE visits_daily (site text, day date, visits bigint, bytes bigint, browsers jsonb, bytes_each bigint);
            INSERT INTO visits_daily VALUES ('old', '2001-01-01', 3, 30, '[]', 10), ('wrong', '2024-01-02', 9, 9, '[]', 9);
            """
        try await FeedFixture.with(Visits.table + Self.history + existing) { fixture in
            try await fixture.withEngine { _ in try await fixture.settle() }
            #expect(
                try await fixture.table("SELECT * FROM (\(Visits.differences)) AS d") == """
                    site | day        | visits | bytes | browsers | bytes_each
                    old  | 2001-01-01 | 3      | 30    | []       | 10
                    """)
            #expect(try await fixture.table("SELECT day FROM daybook.thinned") == "day\n2001-01-01")
        }
    }

    @Test func gracefulStopFlushesEverything() async throws {
        try await FeedFixture.with { fixture in
            try await fixture.withEngine({
                $0.flushEvery = .seconds(3600); $0.healthPeriod = .seconds(3600)
            }) { run in
                try await fixture.settle()
                try await fixture.run(
                    "INSERT INTO visits (site, at, bytes) SELECT 'a', now(), i FROM generate_series(1, 100) AS i")
                try await eventually("the events are counted") { run.status.events > 0 }
                #expect(try await fixture.count("visits_daily") == 0)
                #expect(run.status.hasUnflushedRows)
            }
            #expect(try await fixture.isExact())
            #expect(try await fixture.isFlushed())
            #expect(try await fixture.count("daybook.daemons") == 0)
        }
    }

    /// Also while asleep, and at once.
    @Test func aSleeperStopsAtOnce() async throws {
        try await FeedFixture.with { fixture in
            try await fixture.withEngine({
                $0.bell.heartbeat = .seconds(3600); $0.healthPeriod = .seconds(3600)
            }) { run in
                try await eventually("asleep") { run.status.isAsleep }
            }
        }
    }

    @Test func anAbruptEndLosesNothing() async throws {
        try await FeedFixture.with(Visits.table + Self.history) { fixture in
            for round in 0..<5 {
                let run = EngineRun(fixture.settings { $0.flushEvery = .milliseconds(round % 2 == 0 ? 5 : 3_600_000) })
                try await fixture.run(
                    "INSERT INTO visits (site, at, bytes) SELECT 'r\(round)', now() - i * interval '1 day', i FROM generate_series(0, 50) AS i"
                )
                try await eventually("something is counted") { run.status.turns > round }
                await run.kill()
                try await fixture.run(
                    "UPDATE visits SET bytes = bytes * 2 WHERE site = 'r\(round)'; DELETE FROM visits WHERE site = 's\(round)'"
                )
            }
            try await fixture.withEngine { _ in
                try await fixture.settle()
                #expect(try await fixture.isExact())
            }
        }
    }

    @Test func aRestartGoesOnFromTheCursor() async throws {
        try await FeedFixture.with(Visits.table + Self.history) { fixture in
            try await fixture.withEngine { _ in try await fixture.settle() }
            let before = try await Cursor.read(on: fixture.connection)
            try await fixture.run(
                "INSERT INTO visits (site, at, bytes) VALUES ('new', now(), 1), ('s1', '2024-01-05', 2)")
            try await fixture.withEngine { run in
                try await fixture.settle()
                #expect(!run.logLines.contains { $0.contains("building from the sources") })
            }
            #expect(try await fixture.isExact())
            let after = try await Cursor.read(on: fixture.connection)
            #expect(after.epoch == before.epoch + 1 && after.flush > before.flush)
        }
    }

    @Test func daysOfAllTime() async throws {
        let values = """
            ('a', '4713-01-01 00:00+00 BC'), ('a', '0044-03-15 12:00+00 BC'), ('a', '0001-01-01 00:00+00'), ('a', '1969-12-31 23:59:59+00'),
            ('a', '9999-12-31 23:59:59+00'), ('a', '10000-01-01 00:00+00'), ('a', '294276-12-31 23:59:59.999999+00'), ('a', 'infinity'),
            ('a', '-infinity'), ('a', NULL)
            """
        try await FeedFixture.with(Visits.table + "INSERT INTO visits (site, at) VALUES \(values);") { fixture in
            try await fixture.withEngine { _ in
                try await fixture.settle()
                #expect(try await fixture.isExact())
                try await fixture.run(
                    "INSERT INTO visits (site, at) VALUES \(values); UPDATE visits SET bytes = 3 WHERE id % 2 = 0")
                try await fixture.settle()
                #expect(try await fixture.isExact())
                try await fixture.run("TRUNCATE visits; INSERT INTO visits (site, at) VALUES \(values)")
                try await eventually("the gap is repaired") {
                    try await fixture.count("daybook.gaps WHERE state <> 'repaired'") == 0
                }
                try await fixture.settle()
                #expect(try await fixture.isExact())
                #expect(try await fixture.count("visits_daily") == 7)
            }
        }
    }

    @Test func daysOfAZoneAreItsOwn() async throws {
        let yaml = Visits.yaml.replacing(
            "rollup: visits_daily\n", with: "rollup: visits_daily\ntime_zone: America/New_York\n")
        let values =
            "('a', '2024-03-10 04:59:59+00'), ('a', '2024-03-10 05:00+00'), ('a', '2024-03-11 03:59:59+00'), ('a', '2024-03-11 04:00+00')"
        try await FeedFixture.with(Visits.table + "INSERT INTO visits (site, at) VALUES \(values);", [yaml]) {
            fixture in
            try await fixture.withEngine { _ in
                try await fixture.settle()
                try await fixture.run("INSERT INTO visits (site, at) VALUES \(values), ('now', now())")
                try await fixture.settle()
            }
            #expect(
                try await fixture.table("SELECT day, visits FROM visits_daily WHERE site = 'a' ORDER BY day") == """
                    day        | visits
                    2024-03-09 | 2
                    2024-03-10 | 4
                    2024-03-11 | 2
                    """)
            #expect(
                try await fixture.count(
                    "visits_daily WHERE site = 'now' AND day = (now() AT TIME ZONE 'America/New_York')::date") == 1)
        }
    }

    @Test func whatIsPublishedAddsUpToTheTable() async throws {
        try await FeedFixture.with { fixture in
            try await fixture.withEngine { run in
                try await fixture.settle()
                for step in 0..<20 {
                    try await fixture.run(
                        "INSERT INTO visits (site, at, bytes) VALUES ('p\(step % 4)', '2024-05-01', \(step)); DELETE FROM visits WHERE bytes = \(step - 5)"
                    )
                }
                try await fixture.settle()
                var last: [String: Int128] = [:]
                for publication in run.publications {
                    #expect(publication.rollup == "visits_daily" && publication.day.description == "2024-05-01")
                    for row in publication.rows { last[row.key[0] ?? "", default: 0] = row.measures?.sums[0] ?? 0 }
                }
                let table = try await fixture.connection.query("SELECT site, bytes FROM visits_daily")
                let stored = Dictionary(uniqueKeysWithValues: try table.map { try $0.decode(String.self, Int64.self) })
                #expect(last.filter { $0.value != 0 } == stored.mapValues { Int128($0) }.filter { $0.value != 0 })
            }
        }
    }
}
