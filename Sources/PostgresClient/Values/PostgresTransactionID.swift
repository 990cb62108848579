/// A transaction id of 64 bits (`xid8`), which never wraps around.
public struct PostgresTransactionID: Sendable, Hashable, Comparable, RawRepresentable {
    public var rawValue: UInt64

    public init(rawValue: UInt64) {
        self.rawValue = rawValue
    }

    public static func < (left: PostgresTransactionID, right: PostgresTransactionID) -> Bool {
        left.rawValue < right.rawValue
    }
}

extension PostgresTransactionID: CustomStringConvertible {
    public var description: String { String(rawValue) }

    /// Decimal digits only; nil for everything else.
    public init?(_ text: some StringProtocol) {
        guard !text.isEmpty, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let value = UInt64(text) else {
            return nil
        }
        rawValue = value
    }
}

extension PostgresTransactionID: PostgresEncodable, PostgresDecodable {
    public var postgresValue: PostgresValue {
        PostgresValue(type: PostgresTypeID.xid8, bytes: rawValue.bigEndianBytes)
    }

    public init(postgresBinary bytes: UnsafeRawBufferPointer, type: UInt32) throws {
        guard type == PostgresTypeID.xid8 else { throw PostgresError.cannotDecode(type, as: Self.self) }
        guard bytes.count == 8 else { throw PostgresError.malformed(type, as: Self.self) }
        rawValue = bytes.integer()
    }
}
