extension Int16: PostgresEncodable, PostgresDecodable {
    public var postgresValue: PostgresValue { PostgresValue(type: PostgresTypeID.int2, bytes: bigEndianBytes) }

    public init(postgresBinary bytes: UnsafeRawBufferPointer, type: UInt32) throws {
        self = try decodeInteger(bytes, type, as: Self.self)
    }
}

extension Int32: PostgresEncodable, PostgresDecodable {
    public var postgresValue: PostgresValue { PostgresValue(type: PostgresTypeID.int4, bytes: bigEndianBytes) }

    public init(postgresBinary bytes: UnsafeRawBufferPointer, type: UInt32) throws {
        self = try decodeInteger(bytes, type, as: Self.self)
    }
}

extension Int64: PostgresEncodable, PostgresDecodable {
    public var postgresValue: PostgresValue { PostgresValue(type: PostgresTypeID.int8, bytes: bigEndianBytes) }

    public init(postgresBinary bytes: UnsafeRawBufferPointer, type: UInt32) throws {
        self = try decodeInteger(bytes, type, as: Self.self)
    }
}

extension Int: PostgresEncodable, PostgresDecodable {
    public var postgresValue: PostgresValue { Int64(self).postgresValue }

    public init(postgresBinary bytes: UnsafeRawBufferPointer, type: UInt32) throws {
        self = try decodeInteger(bytes, type, as: Self.self)
    }
}

/// `oid` and the four-byte identifiers of its kind (`xid`, `cid`, `regclass` and the like).
extension UInt32: PostgresEncodable, PostgresDecodable {
    public var postgresValue: PostgresValue { PostgresValue(type: PostgresTypeID.oid, bytes: bigEndianBytes) }

    public init(postgresBinary bytes: UnsafeRawBufferPointer, type: UInt32) throws {
        switch type {
        case PostgresTypeID.oid, PostgresTypeID.xid, PostgresTypeID.cid, 24, 2202...2206, 3734, 3769, 4089, 4096, 4191:
            guard bytes.count == 4 else { throw PostgresError.malformed(type, as: Self.self) }
            self = bytes.integer()
        default:
            throw PostgresError.cannotDecode(type, as: Self.self)
        }
    }
}

/// Reads `int2`, `int4` and `int8`, and whole values of `numeric`; written as `numeric`.
extension Int128: PostgresEncodable, PostgresDecodable {
    public var postgresValue: PostgresValue { PostgresNumeric(self).postgresValue }

    public init(postgresBinary bytes: UnsafeRawBufferPointer, type: UInt32) throws {
        guard type == PostgresTypeID.numeric else {
            self = try decodeInteger(bytes, type, as: Self.self)
            return
        }
        let numeric = try PostgresNumeric(postgresBinary: bytes, type: type)
        guard let whole = numeric.wholeValue else {
            throw PostgresError(
                .decoding,
                "A numeric is no whole number of at most 128 bits; read it as PostgresNumeric, or round it in the statement."
            )
        }
        self = whole
    }
}

/// An integer column that is no wider than the target: the range of the type, not of the value, decides.
private func decodeInteger<T: FixedWidthInteger>(
    _ bytes: UnsafeRawBufferPointer,
    _ type: UInt32,
    as target: T.Type
) throws -> T {
    let width =
        switch type {
        case PostgresTypeID.int2: 2
        case PostgresTypeID.int4: 4
        case PostgresTypeID.int8: 8
        default: throw PostgresError.cannotDecode(type, as: target)
        }
    guard width * 8 <= T.bitWidth else { throw PostgresError.cannotDecode(type, as: target) }
    guard bytes.count == width else { throw PostgresError.malformed(type, as: target) }
    return switch width {
    case 2: T(bytes.integer(as: Int16.self))
    case 4: T(bytes.integer(as: Int32.self))
    default: T(bytes.integer(as: Int64.self))
    }
}
