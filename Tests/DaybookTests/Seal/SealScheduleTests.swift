import PostgresClient
import Testing

@testable import Daybook

@Suite struct SealScheduleTests {
    private let monday = PostgresDate("2025-03-03")!
    private let now = PostgresTimestamp(microsecondsSince2000: 800_000_000_000_000)

    private func later(_ microseconds: Int64) -> PostgresTimestamp {
        PostgresTimestamp(microsecondsSince2000: now.microsecondsSince2000 + microseconds)
    }

    @Test func daysThatHaveEndedAreDueOldestFirst() {
        var schedule = SealSchedule()
        for offset in [2, 0, 1, 3] { schedule.noteRows(in: monday.advanced(by: offset)) }
        #expect(schedule.due(now: now, lastEnded: monday.advanced(by: 2)) == (0...2).map { monday.advanced(by: $0) })
    }

    @Test func aTurnSealsABoundedNumberOfDays() {
        var schedule = SealSchedule()
        for offset in 0..<100 { schedule.noteRows(in: monday.advanced(by: offset)) }
        let due = schedule.due(now: now, lastEnded: monday.advanced(by: 99))
        #expect(due == (0..<SealSchedule.daysAtOnce).map { monday.advanced(by: $0) })
    }

    @Test func aSealedDayIsNotDueAgainForHavingRows() {
        var schedule = SealSchedule()
        schedule.noteRows(in: monday)
        schedule.noteSeal(of: monday)
        schedule.noteRows(in: monday)
        #expect(schedule.due(now: now, lastEnded: monday).isEmpty)
    }

    @Test func anAmendedDayWaitsUntilItIsQuiet() {
        var schedule = SealSchedule()
        schedule.noteSeal(of: monday)
        schedule.noteAmendment(of: monday, first: now, last: now)
        #expect(schedule.due(now: later(SealSchedule.quiet - 1), lastEnded: monday).isEmpty)
        #expect(schedule.due(now: later(SealSchedule.quiet), lastEnded: monday) == [monday])
    }

    @Test func aDayThatNeverRestsIsSealedAfterAnHour() {
        var schedule = SealSchedule()
        schedule.noteSeal(of: monday)
        for minute in stride(from: Int64(0), to: 60, by: 5) {
            let moment = later(minute * 60_000_000)
            schedule.noteAmendment(of: monday, first: moment, last: moment)
            #expect(schedule.due(now: moment, lastEnded: monday).isEmpty)
        }
        #expect(schedule.due(now: later(SealSchedule.longest), lastEnded: monday) == [monday])
    }

    @Test func aPostponedDayRestsUntilAskedAgain() {
        var schedule = SealSchedule()
        schedule.noteRows(in: monday)
        schedule.postpone([monday])
        #expect(schedule.due(now: now, lastEnded: monday).isEmpty)
        schedule.tryPostponedAgain()
        #expect(schedule.due(now: now, lastEnded: monday) == [monday])
    }
}
