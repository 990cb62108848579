/// A Postgres `timestamp` or `timestamptz`, which have the same form on the wire; the former is taken as UTC.
///
/// As a parameter it is a `timestamptz`: into a `timestamp` the server converts it with the session's time zone.
public struct PostgresTimestamp: Sendable, Hashable, Comparable {
    /// Microseconds since 2000-01-01 00:00:00 UTC; the extreme values stand for ±infinity.
    public var microsecondsSince2000: Int64

    public init(microsecondsSince2000: Int64) {
        self.microsecondsSince2000 = microsecondsSince2000
    }

    public static let infinity = PostgresTimestamp(microsecondsSince2000: .max)
    public static let minusInfinity = PostgresTimestamp(microsecondsSince2000: .min)

    public var isFinite: Bool { self != .infinity && self != .minusInfinity }

    public static func < (left: PostgresTimestamp, right: PostgresTimestamp) -> Bool {
        left.microsecondsSince2000 < right.microsecondsSince2000
    }

    /// The UTC day it falls on; infinity stays infinity.
    public var date: PostgresDate {
        switch self {
        case .infinity: .infinity
        case .minusInfinity: .minusInfinity
        default: PostgresDate(daysSince2000: Int32(microsecondsSince2000.flooredDivision(by: Self.dayLength).quotient))
        }
    }

    private static let dayLength: Int64 = 86_400_000_000
}

extension PostgresTimestamp: CustomStringConvertible {
    /// As Postgres prints a `timestamptz` with `DateStyle = ISO` in UTC: `2025-02-03 04:05:06.789+00`.
    public var description: String {
        guard isFinite else { return self == .infinity ? "infinity" : "-infinity" }
        let time = microsecondsSince2000.flooredDivision(by: Self.dayLength).remainder
        let (seconds, fraction) = Int(time).quotientAndRemainder(dividingBy: 1_000_000)
        var clock = "\(padded(seconds / 3600, 2)):\(padded(seconds / 60 % 60, 2)):\(padded(seconds % 60, 2))"
        if fraction > 0 {
            var digits = padded(fraction, 6)
            while digits.hasSuffix("0") { digits.removeLast() }
            clock += "." + digits
        }
        let day = date.description
        return day.hasSuffix(" BC") ? "\(day.dropLast(3)) \(clock)+00 BC" : "\(day) \(clock)+00"
    }
}

extension PostgresTimestamp: PostgresEncodable, PostgresDecodable {
    public var postgresValue: PostgresValue {
        PostgresValue(type: PostgresTypeID.timestamptz, bytes: microsecondsSince2000.bigEndianBytes)
    }

    public init(postgresBinary bytes: UnsafeRawBufferPointer, type: UInt32) throws {
        guard type == PostgresTypeID.timestamp || type == PostgresTypeID.timestamptz else {
            throw PostgresError.cannotDecode(type, as: Self.self)
        }
        guard bytes.count == 8 else { throw PostgresError.malformed(type, as: Self.self) }
        microsecondsSince2000 = bytes.integer()
    }
}

extension Int64 {
    fileprivate func flooredDivision(by divisor: Int64) -> (quotient: Int64, remainder: Int64) {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }
}
