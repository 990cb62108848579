/// A Swift value that can be read from a column of a result, which arrives in the type's binary form.
public protocol PostgresDecodable {
    /// - Parameters:
    ///   - bytes: the value, valid only during this call.
    ///   - type: the oid of its type.
    /// - Throws: ``PostgresError`` with ``PostgresError/Code/decoding``; it must not quote the value.
    init(postgresBinary bytes: UnsafeRawBufferPointer, type: UInt32) throws

    /// The value of NULL. Only `Optional` has one; the default throws ``PostgresError/Code/decoding``.
    init(postgresNull type: UInt32) throws
}

extension PostgresDecodable {
    public init(postgresNull type: UInt32) throws {
        throw PostgresError(.decoding, "A NULL cannot be read as \(Self.self); ask for \(Self.self)? instead.")
    }
}

extension Optional: PostgresDecodable where Wrapped: PostgresDecodable {
    public init(postgresBinary bytes: UnsafeRawBufferPointer, type: UInt32) throws {
        self = try Wrapped(postgresBinary: bytes, type: type)
    }

    public init(postgresNull type: UInt32) throws {
        self = nil
    }
}

extension PostgresError {
    static func cannotDecode<T>(_ type: UInt32, as target: T.Type, line: Int = #line) -> PostgresError {
        PostgresError(
            .decoding,
            "A value of the type with oid \(type) cannot be read as \(target); cast it in the statement or ask for another type.",
            line: line
        )
    }

    static func malformed<T>(_ type: UInt32, as target: T.Type, line: Int = #line) -> PostgresError {
        PostgresError(.decoding, "The binary form of a value (type oid \(type)) is no valid \(target).", line: line)
    }
}
