extension Bool: PostgresEncodable, PostgresDecodable {
    public var postgresValue: PostgresValue { PostgresValue(type: PostgresTypeID.bool, bytes: [self ? 1 : 0]) }

    public init(postgresBinary bytes: UnsafeRawBufferPointer, type: UInt32) throws {
        guard type == PostgresTypeID.bool else { throw PostgresError.cannotDecode(type, as: Self.self) }
        guard bytes.count == 1 else { throw PostgresError.malformed(type, as: Self.self) }
        self = bytes[0] != 0
    }
}

/// Written as `float8`; reads `float8` and `float4`.
extension Double: PostgresEncodable, PostgresDecodable {
    public var postgresValue: PostgresValue {
        PostgresValue(type: PostgresTypeID.float8, bytes: bitPattern.bigEndianBytes)
    }

    public init(postgresBinary bytes: UnsafeRawBufferPointer, type: UInt32) throws {
        switch (type, bytes.count) {
        case (PostgresTypeID.float8, 8): self.init(bitPattern: bytes.integer())
        case (PostgresTypeID.float4, 4): self.init(Float(bitPattern: bytes.integer()))
        case (PostgresTypeID.float8, _), (PostgresTypeID.float4, _):
            throw PostgresError.malformed(type, as: Self.self)
        default: throw PostgresError.cannotDecode(type, as: Self.self)
        }
    }
}

/// Written in text form with its type left to the server, so it can stand for a value of any type; it may hold no zero
/// byte. Reads every type whose binary form is text (`text`, `varchar`, `json`, enums, …), and `jsonb`.
extension String: PostgresEncodable, PostgresDecodable {
    public var postgresValue: PostgresValue { PostgresValue(type: 0, format: .text, bytes: Array(utf8)) }

    public init(postgresBinary bytes: UnsafeRawBufferPointer, type: UInt32) throws {
        var bytes = bytes
        if type == PostgresTypeID.jsonb {
            guard bytes.first == 1 else { throw PostgresError.malformed(type, as: Self.self) }
            bytes = UnsafeRawBufferPointer(rebasing: bytes.dropFirst())
        } else if PostgresTypeID.isNotText(type) {
            throw PostgresError.cannotDecode(type, as: Self.self)
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw PostgresError.malformed(type, as: Self.self)
        }
        self = text
    }
}

/// A `bytea`.
public struct PostgresBytes: Sendable, Hashable, PostgresEncodable, PostgresDecodable {
    public var bytes: [UInt8]

    public init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    public var postgresValue: PostgresValue { PostgresValue(type: PostgresTypeID.bytea, bytes: bytes) }

    public init(postgresBinary bytes: UnsafeRawBufferPointer, type: UInt32) throws {
        guard type == PostgresTypeID.bytea else { throw PostgresError.cannotDecode(type, as: Self.self) }
        self.bytes = Array(bytes)
    }
}
