/// One parameter of a statement, ready for the wire.
public struct PostgresValue: Sendable, Hashable {
    public enum Format: Int32, Sendable {
        /// What the type's input function reads; may hold no zero byte.
        case text = 0
        /// What the type's receive function reads, integers in network order.
        case binary = 1
    }

    /// The type's oid, see ``PostgresTypeID``; 0 lets the server infer it from the statement.
    public var type: UInt32
    public var format: Format
    public var bytes: [UInt8]

    public init(type: UInt32, format: Format = .binary, bytes: [UInt8]) {
        self.type = type
        self.format = format
        self.bytes = bytes
    }
}

/// A Swift value that can be a parameter of a statement. NULL is a nil of `(any PostgresEncodable)?`.
public protocol PostgresEncodable: Sendable {
    var postgresValue: PostgresValue { get }
}

extension PostgresValue: PostgresEncodable {
    public var postgresValue: PostgresValue { self }
}
