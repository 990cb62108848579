import PostgresClient
import Testing

@Suite struct PostgresDateTests {
    @Test(arguments: [
        (0, "2000-01-01"), (-1, "1999-12-31"), (59, "2000-02-29"), (9131, "2024-12-31"), (-730_119, "0001-01-01"),
        (-730_120, "0001-12-31 BC"), (-730_485, "0001-01-01 BC"), (-2_451_545, "4714-11-24 BC"),
        (2_145_031_948, "5874897-12-31"), (Int(Int32.max), "infinity"), (Int(Int32.min), "-infinity"),
    ])
    func isWrittenAndReadAsPostgresDoes(days: Int, text: String) {
        let date = PostgresDate(daysSince2000: Int32(days))
        #expect(date.description == text)
        #expect(PostgresDate(text) == date)
    }

    @Test(arguments: [
        "", "2025-02-30", "2025-13-01", "2025-00-01", "2025-01-00", "2025-1-1", "25-01-01", "0000-01-01",
        "-2025-01-01", "2025-01-01 ", " 2025-01-01", "2025-01-01BC", "2025-01-01 bc", "2025/01/01", "5874898-01-01",
        "4714-11-23 BC", "2025-01-01T00:00:00", "+2025-01-01", "2025-02-29", "1900-02-29", "today", "٢٠٢٥-01-01",
    ])
    func refusesWhatIsNoDate(text: String) {
        #expect(PostgresDate(text) == nil)
    }

    @Test func everyDayOfFourCenturiesFollowsTheOneBefore() throws {
        var date = try #require(PostgresDate("1799-12-31"))
        let end = try #require(PostgresDate("2200-01-01"))
        var previous = try #require(date.components)
        while date < end {
            date = date.advanced(by: 1)
            let (year, month, day) = try #require(date.components)
            if day == 1 {
                #expect((month == previous.month % 12 + 1) && (28...31).contains(previous.day))
            } else {
                #expect((year, month, day - 1) == (previous.year, previous.month, previous.day))
            }
            #expect(PostgresDate(year: year, month: month, day: day) == date)
            previous = (year, month, day)
        }
    }

    @Test func infinityStays() {
        #expect(PostgresDate.infinity.advanced(by: -5) == .infinity)
        #expect(PostgresDate.minusInfinity < PostgresDate(daysSince2000: 0))
        #expect(PostgresDate.infinity.components == nil)
    }

    @Test(arguments: [
        (0, "2000-01-01 00:00:00+00"), (-1, "1999-12-31 23:59:59.999999+00"), (1_500_000, "2000-01-01 00:00:01.5+00"),
        (-63_082_281_600_000_001, "0001-12-31 23:59:59.999999+00 BC"),
    ])
    func timestampIsWrittenAsPostgresDoes(microseconds: Int, text: String) {
        #expect(PostgresTimestamp(microsecondsSince2000: Int64(microseconds)).description == text)
    }
}
