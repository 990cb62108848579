/// A Postgres `date`: a day of the proleptic Gregorian calendar from 4714-11-24 BC to 5874897-12-31, or ±infinity.
///
/// The calendar is Postgres' own Julian day arithmetic (`date2j` and `j2date` in `datetime.c`).
public struct PostgresDate: Sendable, Hashable, Comparable {
    /// Days since 2000-01-01; the extreme values stand for ±infinity.
    public var daysSince2000: Int32

    public init(daysSince2000: Int32) {
        self.daysSince2000 = daysSince2000
    }

    public static let infinity = PostgresDate(daysSince2000: .max)
    public static let minusInfinity = PostgresDate(daysSince2000: .min)

    public var isFinite: Bool { self != .infinity && self != .minusInfinity }

    public static func < (left: PostgresDate, right: PostgresDate) -> Bool {
        left.daysSince2000 < right.daysSince2000
    }

    /// The date so many days later (earlier, when negative); infinity stays. Traps outside of the range of 32 bits.
    public func advanced(by days: Int) -> PostgresDate {
        guard isFinite else { return self }
        let sum = Int(daysSince2000) + days
        precondition(sum > Int32.min && sum < Int32.max, "a date moved by \(days) days leaves the range of dates")
        return PostgresDate(daysSince2000: Int32(sum))
    }

    /// The days from this date to another; both must be finite.
    public func distance(to other: PostgresDate) -> Int {
        precondition(isFinite && other.isFinite, "an infinite date has no distance")
        return Int(other.daysSince2000) - Int(daysSince2000)
    }

    /// A day of the calendar; nil when there is no such day. Year 0 is 1 BC, year -1 is 2 BC.
    public init?(year: Int, month: Int, day: Int) {
        guard (-4713...5_874_897).contains(year), (1...12).contains(month),
            day >= 1, day <= JulianDay.days(inMonth: month, year: year)
        else { return nil }
        let julian = JulianDay.of(year: year, month: month, day: day)
        guard julian >= 0 else { return nil }
        daysSince2000 = Int32(julian - JulianDay.of2000)
    }

    /// The year (0 is 1 BC), month and day of a finite date; nil for infinity.
    public var components: (year: Int, month: Int, day: Int)? {
        isFinite ? JulianDay.date(of: Int(daysSince2000) + JulianDay.of2000) : nil
    }
}

extension PostgresDate: PostgresEncodable, PostgresDecodable {
    public var postgresValue: PostgresValue {
        PostgresValue(type: PostgresTypeID.date, bytes: daysSince2000.bigEndianBytes)
    }

    public init(postgresBinary bytes: UnsafeRawBufferPointer, type: UInt32) throws {
        guard type == PostgresTypeID.date else { throw PostgresError.cannotDecode(type, as: Self.self) }
        guard bytes.count == 4 else { throw PostgresError.malformed(type, as: Self.self) }
        daysSince2000 = bytes.integer()
    }
}
