/// What an SQL expression yields.
struct ExpressionType: Sendable, Hashable {
    var oid: UInt32
    /// As `format_type` prints it under the search path of expressions.
    var name: String
    var isEnum: Bool
    /// Domains are refused where a column's type must be known exactly; this is the type below.
    var isDomain: Bool
    /// False for a collation under which different texts are equal.
    var hasDeterministicCollation: Bool

    /// Postgres' own oids, which never change.
    enum OID {
        static let bool: UInt32 = 16
        static let char: UInt32 = 18
        static let bytea: UInt32 = 17
        static let name: UInt32 = 19
        static let int8: UInt32 = 20
        static let int2: UInt32 = 21
        static let int4: UInt32 = 23
        static let text: UInt32 = 25
        static let oid: UInt32 = 26
        static let float4: UInt32 = 700
        static let float8: UInt32 = 701
        static let bpchar: UInt32 = 1042
        static let varchar: UInt32 = 1043
        static let date: UInt32 = 1082
        static let timestamp: UInt32 = 1114
        static let timestamptz: UInt32 = 1184
        static let numeric: UInt32 = 1700
        static let uuid: UInt32 = 2950
        static let jsonb: UInt32 = 3802
    }

    var isWholeNumber: Bool { [OID.int2, OID.int4, OID.int8].contains(oid) }
    var isText: Bool { [OID.text, OID.varchar, OID.bpchar, OID.name, OID.char].contains(oid) }

    /// What a type of the event's time means for the day.
    var timeType: Rollup.TimeType? {
        switch oid {
        case OID.date: .date
        case OID.timestamp: .timestamp
        case OID.timestamptz: .timestampWithTimeZone
        default: nil
        }
    }

    /// Why the type cannot be that of a dimension, as a remedy; nil where it can: equal values have equal text.
    var remedyAsDimension: String? {
        switch oid {
        case OID.int2, OID.int4, OID.int8, OID.text, OID.varchar, OID.uuid, OID.bool, OID.date, OID.timestamp,
            OID.timestamptz, OID.oid, OID.name:
            nil
        case OID.numeric:
            "Cast it in the expression, trim_scale(x)::text, and declare the dimension as text."
        case OID.bpchar:
            "Declare the dimension as text; the value loses its trailing blanks."
        default:
            isEnum ? nil : "Cast it to text in the expression and declare the dimension as text."
        }
    }
}
