import PostgresClient
import Testing

@testable import Daybook

/// When a schedule says that a job is due.
struct CronScheduleTests {
    /// `2025-03-03 04:05`, as UTC.
    static func time(_ text: String) throws -> PostgresTimestamp {
        let parts = text.split(separator: " ")
        let clock = parts[1].split(separator: ":").compactMap { Double($0) }
        let day = try #require(PostgresDate(String(parts[0])))
        let seconds = clock[0] * 3600 + clock[1] * 60 + (clock.count > 2 ? clock[2] : 0)
        return PostgresTimestamp(
            microsecondsSince2000: Int64(day.daysSince2000) * 86_400_000_000 + Int64(seconds * 1_000_000))
    }

    struct Case: CustomTestStringConvertible {
        var schedule: String
        var start: String
        var times: [String]
        var testDescription: String { schedule }

        init(_ schedule: String, _ start: String, _ times: String...) {
            self.schedule = schedule
            self.start = start
            self.times = times
        }
    }

    @Test(arguments: [
        Case("* * * * *", "2025-03-03 23:58:59.5", "2025-03-03 23:59", "2025-03-04 00:00", "2025-03-04 00:01"),
        Case("* * * * *", "2025-03-03 23:58", "2025-03-03 23:59"),
        Case("*/5 * * * *", "2025-03-03 00:51", "2025-03-03 00:55", "2025-03-03 01:00"),
        Case("*/25 * * * *", "2025-03-03 00:49", "2025-03-03 00:50", "2025-03-03 01:00", "2025-03-03 01:25"),
        Case("7-59/20 * * * *", "2025-03-03 00:00", "2025-03-03 00:07", "2025-03-03 00:27", "2025-03-03 00:47"),
        Case("0 3 * * *", "2025-12-31 03:00", "2026-01-01 03:00", "2026-01-02 03:00"),
        Case("15,45 9-17/4 * * 1-5", "2025-03-07 17:15", "2025-03-07 17:45", "2025-03-10 09:15", "2025-03-10 09:45"),
        // Month ends.
        Case("0 0 31 * *", "2025-01-01 00:00", "2025-01-31 00:00", "2025-03-31 00:00", "2025-05-31 00:00"),
        Case("0 0 30 * *", "2025-01-31 00:00", "2025-03-30 00:00", "2025-04-30 00:00"),
        Case("0 0 28-31 2 *", "2024-01-01 00:00", "2024-02-28 00:00", "2024-02-29 00:00", "2025-02-28 00:00"),
        // Leap days, of which 2100 has none and 2000 had one.
        Case("30 12 29 2 *", "2023-01-01 00:00", "2024-02-29 12:30", "2028-02-29 12:30"),
        Case("0 0 29 2 *", "2096-02-29 00:00", "2104-02-29 00:00"),
        Case("0 0 29 2 *", "1999-12-31 00:00", "2000-02-29 00:00"),
        // Before the epoch of Postgres' time.
        Case("0 12 * * sat", "1999-12-30 00:00", "2000-01-01 12:00", "2000-01-08 12:00"),
        Case("*/30 * * * *", "1969-12-31 23:45", "1970-01-01 00:00", "1970-01-01 00:30"),
        // Either day field when both are restricted, both when one begins with a star.
        Case("0 0 13 * fri", "2025-06-01 00:00", "2025-06-06 00:00", "2025-06-13 00:00", "2025-06-20 00:00"),
        Case("0 0 13 * 5", "2025-07-11 00:00", "2025-07-13 00:00", "2025-07-18 00:00"),
        Case("0 0 */2 * fri", "2025-06-06 00:00", "2025-06-13 00:00", "2025-06-27 00:00", "2025-07-11 00:00"),
        Case("0 0 31 2 mon", "2025-01-01 00:00", "2025-02-03 00:00", "2025-02-10 00:00"),
        Case("0 0 29 2 */7", "2025-01-01 00:00", "2032-02-29 00:00", "2060-02-29 00:00"),
        // Names, Sunday as 0 and 7, and weeks that end on it.
        Case("0 0 * JAN,jul Sun", "2025-01-20 00:00", "2025-01-26 00:00", "2025-07-06 00:00"),
        Case("0 0 * * 7", "2025-03-03 00:00", "2025-03-09 00:00"),
        Case("0 0 * * 0", "2025-03-03 00:00", "2025-03-09 00:00"),
        Case("0 0 * * fri-sun", "2025-03-07 00:00", "2025-03-08 00:00", "2025-03-09 00:00", "2025-03-14 00:00"),
        Case("0 0 * * sun-tue", "2025-03-07 00:00", "2025-03-09 00:00", "2025-03-10 00:00", "2025-03-11 00:00"),
        Case("0 0 1 feb-apr *", "2025-03-01 00:00", "2025-04-01 00:00", "2026-02-01 00:00"),
        Case("@hourly", "2025-03-03 04:05", "2025-03-03 05:00"),
        Case("@daily", "2025-03-03 04:05", "2025-03-04 00:00"),
        Case("@Midnight", "2025-03-03 04:05", "2025-03-04 00:00"),
        Case("@weekly", "2025-03-03 04:05", "2025-03-09 00:00"),
        Case("@monthly", "2025-03-03 04:05", "2025-04-01 00:00"),
        Case("@yearly", "2025-03-03 04:05", "2026-01-01 00:00"),
        Case("@annually", "2025-03-03 04:05", "2026-01-01 00:00"),
        Case("  0\t0  1 1   * ", "2025-03-03 04:05", "2026-01-01 00:00"),
    ])
    func next(_ sample: Case) throws {
        let schedule = try CronSchedule(sample.schedule)
        var time = try Self.time(sample.start)
        for expected in sample.times {
            time = try #require(schedule.next(after: time))
            #expect(try time == Self.time(expected), "\(time) instead of \(expected)")
        }
    }

    struct Refusal: CustomTestStringConvertible {
        var schedule: String
        var message: String
        var testDescription: String { schedule }

        init(_ schedule: String, _ message: String) {
            self.schedule = schedule
            self.message = message
        }
    }

    @Test(arguments: [
        Refusal("", "five fields, not 0"), Refusal("* * * *", "five fields, not 4"),
        Refusal("* * * * * *", "five fields, not 6"), Refusal("@reboot", "not a known macro"),
        Refusal("60 * * * *", "60 is out of range (minute)"), Refusal("* 24 * * *", "24 is out of range (hour)"),
        Refusal("* * 0 * *", "0 is out of range (day of month)"),
        Refusal("* * 32 * *", "32 is out of range (day of month)"),
        Refusal("* * * 13 *", "13 is out of range (month)"), Refusal("* * * 0 *", "0 is out of range (month)"),
        Refusal("* * * * 8", "8 is out of range (day of week)"),
        Refusal("* * * * monday", "no value of the day of week"),
        Refusal("-5 * * * *", "a value is missing"), Refusal("5- * * * *", "a value is missing"),
        Refusal("1,,2 * * * *", "a value is missing"), Refusal("1-2-3 * * * *", "is not a range"),
        Refusal("30-10 * * * *", "ends before it begins"), Refusal("* * * * fri-mon", "ends before it begins"),
        Refusal("*/0 * * * *", "no step above 0"), Refusal("*/ * * * *", "no step above 0"),
        Refusal("*/5/5 * * * *", "no step above 0"), Refusal("*/-5 * * * *", "no step above 0"),
        Refusal("5/10 * * * *", "stands behind a single value"), Refusal("** * * * *", "no value of the minute"),
        Refusal("٥ * * * *", "no value of the minute"),
        Refusal("99999999999999999999 * * * *", "no value of the minute"),
        Refusal("0 0 31 2 *", "names no day that ever comes"), Refusal("0 0 30,31 2 *", "names no day that ever comes"),
        Refusal("0 0 31 feb,apr,jun,sep,nov *", "names no day that ever comes"),
        Refusal("0 0 31 4 */1", "names no day that ever comes"),
    ])
    func refused(_ sample: Refusal) {
        do throws(CronSchedule.ParsingError) {
            _ = try CronSchedule(sample.schedule)
            Issue.record("taken: \(sample.schedule)")
        } catch {
            #expect(error.message.contains(sample.message), "\(error.message)")
            #expect(error.remedy.hasSuffix("."))
        }
    }

    /// Both directions against a minute by minute search.
    @Test(arguments: ["*/7 */5 * * *", "3 4 1,15 * mon", "0 0 29-31 */2 *", "59 23 * * 0"])
    func lastAgreesWithNext(_ text: String) throws {
        let schedule = try CronSchedule(text)
        let start = try Self.time("2023-12-20 00:00")
        var time = start
        var all: [PostgresTimestamp] = []
        while let next = schedule.next(after: time), try next <= Self.time("2024-06-20 00:00") {
            all.append(next)
            time = next
        }
        #expect(!all.isEmpty)
        for offset in stride(from: Int64(0), to: 80 * 1440, by: 97) {
            let now = PostgresTimestamp(microsecondsSince2000: start.microsecondsSince2000 + offset * 60_000_000 + 7)
            let expected = all.last { $0 <= now }
            #expect(schedule.last(after: start, through: now) == expected)
            #expect(schedule.next(after: now) == all.first { $0 > now })
        }
    }

    @Test func infinityHasNoNext() throws {
        #expect(try CronSchedule("* * * * *").next(after: .infinity) == nil)
    }
}

struct JobClockTests {
    private func clock(_ schedule: String, settled: String) throws -> JobClock {
        JobClock(try CronSchedule(schedule), settled: try CronScheduleTests.time(settled))
    }

    @Test func aPauseIsCaughtUpOnce() throws {
        var clock = try clock("*/5 * * * *", settled: "2025-03-03 04:00")
        let now = try CronScheduleTests.time("2025-03-03 09:33:20")
        #expect(try clock.due(at: now) == CronScheduleTests.time("2025-03-03 09:30"))
        clock.settled = try #require(clock.due(at: now))
        #expect(clock.due(at: now) == nil)
        #expect(try clock.next(at: now) == CronScheduleTests.time("2025-03-03 09:35"))
    }

    @Test func nothingIsDueBeforeItsTime() throws {
        let clock = try clock("0 3 * * *", settled: "2025-03-03 03:00")
        #expect(try clock.due(at: CronScheduleTests.time("2025-03-04 02:59:59.9")) == nil)
        #expect(
            try clock.due(at: CronScheduleTests.time("2025-03-04 03:00")) == CronScheduleTests.time("2025-03-04 03:00"))
    }

    /// A clock that was set back does not run anything twice.
    @Test func aClockSetBackRepeatsNothing() throws {
        let clock = try clock("* * * * *", settled: "2025-03-03 04:00")
        let now = try CronScheduleTests.time("2025-03-03 03:50")
        #expect(clock.due(at: now) == nil)
        #expect(try clock.next(at: now) == CronScheduleTests.time("2025-03-03 04:01"))
    }
}
