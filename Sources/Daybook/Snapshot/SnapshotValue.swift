import GRDB
import PostgresClient

/// Ranks as SQLite's values: whole numbers as they are, decimals and days as Postgres prints them, times as
/// microseconds since 2000-01-01 00:00 (UTC).
enum SnapshotValue {
    static func value(_ rank: Int64?, of type: OrderedType) -> DatabaseValue {
        guard let rank else { return .null }
        return switch type {
        case .integer, .bigint, .timestamp, .timestampWithTimeZone: rank.databaseValue
        case .numeric(let format): format.text(ofUnits: Int128(rank)).databaseValue
        case .date: date(ofRank: rank).description.databaseValue
        }
    }

    /// The rank, itself nil for null; nil for what is none of the type.
    static func rank(of value: DatabaseValue.Storage, as type: OrderedType) -> Int64?? {
        switch (type, value) {
        case (_, .null): return .some(nil)
        case (.integer, .int64(let rank)), (.bigint, .int64(let rank)), (.timestamp, .int64(let rank)),
            (.timestampWithTimeZone, .int64(let rank)):
            return rank
        case (.numeric(let format), .string(let text)):
            return format.units(inText: text).flatMap { Int64(exactly: $0) }.map(Optional.some)
        case (.date, .string(let text)): return PostgresDate(text).map { rank(of: $0) }
        default: return nil
        }
    }

    private static func date(ofRank rank: Int64) -> PostgresDate {
        switch rank {
        case .max: .infinity
        case .min: .minusInfinity
        default: PostgresDate(daysSince2000: Int32(clamping: rank))
        }
    }

    private static func rank(of date: PostgresDate) -> Int64 {
        date == .infinity ? .max : date == .minusInfinity ? .min : Int64(date.daysSince2000)
    }
}
