import Foundation
import Logging
import PostgresClient
import Testing

@testable import Daybook

/// Days of a zone whose clocks change: one of 23 hours and one of 25.
@Suite(.timeLimit(.minutes(5)))
struct TimeZoneTests {
    private static let table = "CREATE TABLE hours (id serial, at timestamptz, plain timestamp, n integer DEFAULT 1);"

    private static func yaml(_ at: String) -> String {
        """
        rollup: hours_daily
        time_zone: Europe/Berlin
        dimensions:
          kind: text
        measures:
          hours: count
          n: sum
          first_hour: min timestamptz
          last_hour: max timestamptz
        events:
          hour:
            source: hours
            at: \(at)
            values:
              kind: "'hour'"
              n: n
              first_hour: at
              last_hour: at
        """
    }

    /// One row for each hour of the days around both changes, in UTC.
    private static let rows = """
        INSERT INTO hours (at, plain) SELECT h, h AT TIME ZONE 'UTC' FROM (
            SELECT generate_series(timestamptz '2025-03-28 23:00Z', '2025-03-31 21:59Z', interval '1 hour')
            UNION ALL SELECT generate_series(timestamptz '2025-10-24 22:00Z', '2025-10-27 22:59Z', interval '1 hour')
        ) AS g(h);
        """

    private static let days = """
        day        | hours | first_hour             | last_hour
        2025-03-29 | 24    | 2025-03-28 23:00:00+00 | 2025-03-29 22:00:00+00
        2025-03-30 | 23    | 2025-03-29 23:00:00+00 | 2025-03-30 21:00:00+00
        2025-03-31 | 24    | 2025-03-30 22:00:00+00 | 2025-03-31 21:00:00+00
        2025-10-25 | 24    | 2025-10-24 22:00:00+00 | 2025-10-25 21:00:00+00
        2025-10-26 | 25    | 2025-10-25 22:00:00+00 | 2025-10-26 22:00:00+00
        2025-10-27 | 24    | 2025-10-26 23:00:00+00 | 2025-10-27 22:00:00+00
        """

    private func days(_ fixture: FeedFixture) async throws -> String {
        try await fixture.run("SET TimeZone = 'UTC'")
        return try await fixture.table("SELECT day, hours, first_hour, last_hour FROM hours_daily ORDER BY day")
    }

    @Test(arguments: ["at", "plain"]) func daysHaveTheirHours(_ at: String) async throws {
        try await FeedFixture.with(Self.table, [Self.yaml(at)]) { fixture in
            try await fixture.withEngine { _ in
                try await fixture.run(Self.rows)
                try await fixture.settle()
                #expect(try await days(fixture) == Self.days)
                // The hour that Berlin's clocks show twice, and the ends of the short day.
                try await fixture.run(
                    """
                    DELETE FROM hours WHERE at IN ('2025-03-29 23:00Z', '2025-03-30 21:00Z', '2025-10-26 00:00Z', '2025-10-26 01:00Z');
                    INSERT INTO hours (at, plain) SELECT h, h AT TIME ZONE 'UTC' FROM unnest(ARRAY['2025-03-29 23:00Z', '2025-03-30 21:00Z',
                        '2025-10-26 00:00Z', '2025-10-26 01:00Z']::timestamptz[]) AS h
                    """)
                try await fixture.settle()
                #expect(try await days(fixture) == Self.days)
            }
            #expect(try await fixture.drift() == 0)
            try await fixture.run("UPDATE hours_daily SET hours = 0, n = 0, first_hour = NULL")
            #expect(try await fixture.drift() == 6)
            let runner = RequestRunner(fixture.settings(), logger: .init(label: "test"))
            _ = try await runner.perform(.repair, in: nil) { _ in }
            #expect(try await days(fixture) == Self.days)
        }
    }

    /// Days go on where timestamps end: an event that has a date asks for them beside one that has a timestamp.
    @Test(arguments: ["UTC", "America/New_York"]) func daysGoOnWhereTimestampsEnd(_ zone: String) async throws {
        let tables =
            "CREATE TABLE dates (id serial, at date, n integer); CREATE TABLE times (id serial, at timestamp, n integer);"
        let yaml = """
            rollup: ends_daily
            time_zone: \(zone)
            dimensions:
              kind: text
            measures:
              entries: count
              first_n: first integer
            events:
              date: {source: dates, at: at, values: {kind: "'x'", first_n: n}}
              time: {source: times, at: at, values: {kind: "'x'", first_n: n}}
            """
        let rows = """
            INSERT INTO dates (at, n) VALUES ('5874897-12-31', 1), ('294276-12-31', 2), ('4714-11-25 BC', 3), ('2025-03-03', 4);
            INSERT INTO times (at, n) VALUES ('2025-03-03 12:00', 5), ('294276-12-20 12:00', 6);
            """
        let wanted = """
            day           | entries | first_n
            4714-11-25 BC | 1       | 3
            2025-03-03    | 2       | 4
            294276-12-20  | 1       | 6
            294276-12-31  | 1       | 2
            5874897-12-31 | 1       | 1
            """
        try await FeedFixture.with(tables + rows, [yaml]) { fixture in
            try await fixture.withEngine { _ in try await fixture.settle() }
            let kept = "SELECT day, entries, first_n FROM ends_daily ORDER BY day"
            #expect(try await fixture.table(kept) == wanted)
            #expect(try await fixture.drift() == 0)
            try await fixture.run("UPDATE ends_daily SET entries = 7")
            let runner = RequestRunner(fixture.settings(), logger: .init(label: "test"))
            _ = try await runner.perform(.repair, in: nil) { _ in }
            #expect(try await fixture.table(kept) == wanted)
        }
    }

    /// A day is closed two hours after it has ended, wherever the hands of Berlin's clocks stand then.
    @Test(
        arguments: [
            ("2025-03-30 00:59:59", "2025-03-28"), ("2025-03-30 01:00:00", "2025-03-29"),
            ("2025-03-30 23:59:59", "2025-03-29"), ("2025-03-31 00:00:00", "2025-03-30"),
            ("2025-10-25 23:59:59", "2025-10-24"), ("2025-10-26 00:00:00", "2025-10-25"),
            ("2025-10-27 00:59:59", "2025-10-25"), ("2025-10-27 01:00:00", "2025-10-26"),
        ])
    func daysAreClosedAtTheZonesHour(_ now: String, _ last: String) async throws {
        try await FeedFixture.with(Self.table, [Self.yaml("at")]) { fixture in
            try await fixture.withSession { connection in
                let session = try await LeaderSession.begin(
                    on: connection, definitions: DefinitionFolder(directory: fixture.directory),
                    settings: fixture.settings { $0.sealAt = .seconds(7200) }, observatory: EngineObservatory(),
                    logger: Logger(label: "test"), announce: nil)
                let moment = try await fixture.value(
                    "SELECT ('\(now)'::timestamp AT TIME ZONE 'UTC')", as: PostgresTimestamp.self)
                #expect(try await session.lastEndedDay(of: 0, now: moment) == PostgresDate(last))
            }
        }
    }
}
