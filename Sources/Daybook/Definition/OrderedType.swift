/// A type of which Daybook keeps the smallest or the largest value. Each value has a rank: 64 bits in the same order.
public enum OrderedType: Sendable, Hashable, Codable, CustomStringConvertible {
    case integer, bigint
    /// The rank counts the smallest unit.
    case numeric(DecimalFormat)
    /// The rank counts days since 2000-01-01; the extreme ranks are the infinities.
    case date
    /// The rank counts microseconds since 2000-01-01 00:00 (UTC); the extreme ranks are the infinities.
    case timestamp, timestampWithTimeZone

    /// How the types are written, for messages.
    static let notations = "integer, bigint, numeric(P,S), date, timestamp and timestamptz"

    /// Reads one of ``notations``; nil for everything else.
    init?(notation: String) {
        switch notation {
        case "integer", "int": self = .integer
        case "bigint": self = .bigint
        case "date": self = .date
        case "timestamp", "timestamp without time zone": self = .timestamp
        case "timestamptz", "timestamp with time zone": self = .timestampWithTimeZone
        default:
            guard let format = DecimalFormat(notation) else { return nil }
            self = .numeric(format)
        }
    }

    /// The type of an event's time.
    init(_ type: Rollup.TimeType) {
        self =
            switch type {
            case .date: .date
            case .timestamp: .timestamp
            case .timestampWithTimeZone: .timestampWithTimeZone
            }
    }

    /// As `format_type` prints it.
    public var description: String {
        switch self {
        case .integer: "integer"
        case .bigint: "bigint"
        case .numeric(let format): "\(format)"
        case .date: "date"
        case .timestamp: "timestamp without time zone"
        case .timestampWithTimeZone: "timestamp with time zone"
        }
    }

    /// Whether a column of the given type, as `format_type` prints it, holds every value exactly.
    func fits(_ column: String) -> Bool {
        if case .numeric(let format) = self {
            return column == "numeric" || DecimalFormat(column).map { format.isWithin($0) } ?? false
        }
        return column == description
    }

    /// Whether the text of a value depends on settings of the session.
    var isSettingDependent: Bool {
        switch self {
        case .integer, .bigint, .numeric: false
        case .date, .timestamp, .timestampWithTimeZone: true
        }
    }
}

extension DecimalFormat {
    /// Whether every value of this type is one of the other.
    func isWithin(_ other: DecimalFormat) -> Bool {
        other.scale >= scale && other.precision - other.scale >= precision - scale
    }
}
