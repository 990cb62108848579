import PostgresClient
import Testing

@testable import Daybook

struct EventLogPartitionsTests {
    private func day(_ text: String) throws -> PostgresDate { try #require(PostgresDate(text)) }

    @Test func aNewLogReachesFromYesterdayToItsRetention() throws {
        let partitions = EventLogPartitions(today: try day("2024-02-28"), existing: [], retention: 3)
        #expect(
            partitions.missing.map(\.description) == [
                "2024-02-27", "2024-02-28", "2024-02-29", "2024-03-01", "2024-03-02",
            ])
        #expect(partitions.expired.isEmpty)
    }

    @Test func whatIsThereIsNotMadeAgainAndOldOnesGo() throws {
        let existing = try Set(["2024-02-20", "2024-02-24", "2024-02-25", "2024-02-28", "2024-03-02"].map(day))
        let partitions = EventLogPartitions(today: try day("2024-02-28"), existing: existing, retention: 3)
        #expect(partitions.missing.map(\.description) == ["2024-02-27", "2024-02-29", "2024-03-01"])
        #expect(partitions.expired.map(\.description) == ["2024-02-20", "2024-02-24"])
    }

    @Test func aDaemonThatWasAwayNeverCreatesBeyondTheRetention() throws {
        let today = try day("2030-01-01")
        let partitions = EventLogPartitions(today: today, existing: [try day("2024-02-20")])
        #expect(partitions.missing.count == FeedSchema.retentionDays + 2)
        #expect(partitions.missing.max() == today.advanced(by: FeedSchema.retentionDays))
    }

    @Test func nothingToDo() throws {
        let today = try day("2024-02-28")
        let full = Set((-7...7).map { today.advanced(by: $0) })
        #expect(EventLogPartitions(today: today, existing: full) == EventLogPartitions(today: today, existing: full))
        #expect(EventLogPartitions(today: today, existing: full).missing.isEmpty)
        #expect(EventLogPartitions(today: today, existing: full).expired.isEmpty)
    }

    @Test func namesGoThereAndBack() throws {
        for text in ["2024-02-29", "1999-12-31", "9999-12-31"] {
            let day = try day(text)
            #expect(EventLogPartitions.day(ofPartition: EventLogPartitions.name(of: day)) == day)
        }
        #expect(EventLogPartitions.name(of: try day("2024-02-29")) == "events_20240229")
    }

    @Test(arguments: [
        "events", "events_", "events_xid", "events_20240230", "events_2024022", "event_s20240229", "gaps_20240229",
    ])
    func otherNamesAreNotPartitions(_ name: String) {
        #expect(EventLogPartitions.day(ofPartition: name) == nil)
    }
}
