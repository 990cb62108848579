/// The oids of Postgres' own types that this client encodes or decodes, as in `pg_type.dat`.
public enum PostgresTypeID {
    public static let bool: UInt32 = 16
    public static let bytea: UInt32 = 17
    public static let char: UInt32 = 18
    public static let name: UInt32 = 19
    public static let int8: UInt32 = 20
    public static let int2: UInt32 = 21
    public static let int4: UInt32 = 23
    public static let text: UInt32 = 25
    public static let oid: UInt32 = 26
    public static let xid: UInt32 = 28
    public static let cid: UInt32 = 29
    public static let json: UInt32 = 114
    public static let float4: UInt32 = 700
    public static let float8: UInt32 = 701
    public static let unknown: UInt32 = 705
    public static let bpchar: UInt32 = 1042
    public static let varchar: UInt32 = 1043
    public static let date: UInt32 = 1082
    public static let timestamp: UInt32 = 1114
    public static let timestamptz: UInt32 = 1184
    public static let numeric: UInt32 = 1700
    public static let jsonb: UInt32 = 3802
    public static let pgSnapshot: UInt32 = 5038
    public static let xid8: UInt32 = 5069

    /// The oid of the array type over an element type; 0, which lets the server infer it, for a type not listed here.
    public static func array(of element: UInt32) -> UInt32 {
        switch element {
        case bool: 1000
        case bytea: 1001
        case char: 1002
        case name: 1003
        case int8: 1016
        case int2: 1005
        case int4: 1007
        case text: 1009
        case oid: 1028
        case xid: 1011
        case cid: 1012
        case json: 199
        case float4: 1021
        case float8: 1022
        case bpchar: 1014
        case varchar: 1015
        case date: 1182
        case timestamp: 1115
        case timestamptz: 1185
        case numeric: 1231
        case jsonb: 3807
        case pgSnapshot: 5039
        case xid8: 271
        default: 0
        }
    }

    /// Whether a type's binary form is known not to be text. All others are taken as text, if they are valid UTF-8.
    static func isNotText(_ type: UInt32) -> Bool {
        switch type {
        case bool, bytea, int8, int2, int4, oid, xid, cid, float4, float8, date, timestamp, timestamptz, numeric,
            pgSnapshot, xid8:
            true
        case 20...24, 26...30, 600...604, 628, 650, 718, 774, 790, 829, 869, 1083, 1186, 1266, 1560, 1562, 2202...2206,
            2249, 2950, 3220, 3614, 3615, 4089, 4096, 3904, 3906, 3908, 3910, 3912, 3926, 2970, 3734, 3769, 2287:
            true
        default:
            [
                1000, 1001, 1002, 1003, 1016, 1005, 1007, 1009, 1028, 1011, 1012, 199, 1021, 1022, 1014, 1015, 1182,
                1115, 1185, 1231, 3807, 5039, 271, 1006, 1008, 1010, 2951, 1187, 1183, 1270, 1561, 1563,
            ].contains(type)
        }
    }
}
