extension OrderedType {
    /// SQL of a value's rank as `bigint`, null for null. Immutable, whatever the settings.
    package func rank(of value: String) -> String {
        switch self {
        case .integer: "(\(value))::pg_catalog.int4::pg_catalog.int8"
        case .bigint: "(\(value))::pg_catalog.int8"
        case .numeric(let format): "((\(value))::pg_catalog.\(format) * \(format.unitsInOne))::pg_catalog.int8"
        case .date:
            Self.ranked("(\(value))::pg_catalog.date") {
                "(\($0) - \(Self.epochDay))::pg_catalog.int8"
            }
        case .timestamp: Self.microseconds("(\(value))::pg_catalog.timestamp")
        case .timestampWithTimeZone:
            Self.microseconds("((\(value))::pg_catalog.timestamptz AT TIME ZONE 'UTC')")
        }
    }

    /// SQL of the rank of a moment of this type among those of `timestamptz`: a date begins at midnight in UTC.
    package func momentRank(of value: String) -> String {
        guard self == .date else { return rank(of: value) }
        // Days go on where timestamps end.
        return OrderedType.timestamp.rank(of: "LEAST((\(value))::pg_catalog.date, '294276-12-31'::pg_catalog.date)")
    }

    /// SQL of the value that has the rank, a `bigint`.
    package func value(ofRank rank: String) -> String {
        switch self {
        case .integer: return "(\(rank))::integer"
        case .bigint: return "(\(rank))"
        case .numeric(let format): return "((\(rank)) * \(format.unit))::\(format)"
        case .date: return Self.unranked(rank, "date", "\(Self.epochDay) + (\(rank))::integer")
        case .timestamp: return Self.unranked(rank, "timestamp", Self.moment(rank))
        case .timestampWithTimeZone:
            return Self.unranked(rank, "timestamptz", "((\(Self.moment(rank))) AT TIME ZONE 'UTC')")
        }
    }

    private static let epochDay = "'2000-01-01'::pg_catalog.date"

    /// In days and the rest of a day: the epoch of a whole timestamp is rounded where timestamps end.
    private static func microseconds(_ timestamp: String) -> String {
        ranked(timestamp) { value in
            """
            ((\(value))::pg_catalog.date - \(epochDay))::pg_catalog.int8 * 86400000000 \
            + (extract(epoch FROM (\(value))::pg_catalog.time) * 1000000)::pg_catalog.int8
            """
        }
    }

    private static func ranked(_ value: String, _ rank: (String) -> String) -> String {
        """
        CASE WHEN \(value) IS NULL THEN NULL WHEN pg_catalog.isfinite(\(value)) THEN \(rank(value)) \
        WHEN \(value) > '2000-01-01' THEN \(largest) ELSE \(smallest) END
        """
    }

    private static func unranked(_ rank: String, _ type: String, _ finite: String) -> String {
        """
        CASE \(rank) WHEN \(largest) THEN 'infinity'::\(type) WHEN \(smallest) THEN '-infinity'::\(type) \
        ELSE \(finite) END
        """
    }

    /// In days and the rest of a day: a product of an interval and a number is exact up to 2^53 only.
    private static func moment(_ rank: String) -> String {
        """
        '2000-01-01'::timestamp + ((\(rank)) / 86400000000) * interval '1 day' \
        + ((\(rank)) % 86400000000) * interval '1 microsecond'
        """
    }

    private static let largest = "'9223372036854775807'::pg_catalog.int8"
    private static let smallest = "'-9223372036854775808'::pg_catalog.int8"
}

/// The SQL of ``RankedValue``: text that sorts by rank and then by its own bytes, under the collation "C".
package enum RankedText {
    /// Of a rank, a `bigint`; null for null.
    package static func key(ofRank rank: String) -> String {
        "pg_catalog.lpad(pg_catalog.to_hex((\(rank)) # '-9223372036854775808'::pg_catalog.int8), 16, '0')"
    }

    /// The rank out of a key.
    package static func rank(ofKey key: String) -> String {
        "(('x' || left(\(key), 16))::bit(64)::bigint # '-9223372036854775808'::bigint)"
    }

    /// The text out of a key.
    package static func text(ofKey key: String) -> String {
        "substr(\(key), 17)"
    }
}
