/// One row of a result; it keeps the result alive.
public struct PostgresRow: Sendable {
    public let result: PostgresResult
    let row: Int

    public var columns: [PostgresColumn] { result.columns }

    /// Decodes the first column.
    ///
    /// - Throws: ``PostgresError/Code/decoding``, with the column's name in `column`.
    public func decode<T: PostgresDecodable>(_ type: T.Type) throws -> T {
        try decode(type, at: 0)
    }

    /// Decodes the first columns in their order, as a tuple.
    ///
    /// - Throws: ``PostgresError/Code/decoding``, with the column's name in `column`.
    public func decode<each T: PostgresDecodable>(_ types: repeat (each T).Type) throws -> (repeat each T) {
        var column = 0
        func next<U: PostgresDecodable>(_ type: U.Type) throws -> U {
            defer { column += 1 }
            return try decode(type, at: column)
        }
        return (repeat try next(each types))
    }

    /// Decodes one column, counted from 0.
    ///
    /// - Throws: ``PostgresError/Code/decoding``, with the column's name in `column`.
    public func decode<T: PostgresDecodable>(_ type: T.Type, at column: Int) throws -> T {
        guard column >= 0, column < result.columns.count else {
            throw PostgresError(
                .decoding,
                "Column \(column + 1) was asked for, but the result has \(result.columns.count) columns."
            )
        }
        do {
            return try result.withBytes(row: row, column: column) { bytes in
                let oid = result.columns[column].type
                return if let bytes { try T(postgresBinary: bytes, type: oid) } else { try T(postgresNull: oid) }
            }
        } catch var error as PostgresError {
            let name = result.columns[column].name
            error.column = name
            error.message = "Column \"\(name)\": \(error.message)"
            throw error
        }
    }

    /// The wire bytes of a value in binary form, uninterpreted; nil is NULL.
    public func rawBytes(at column: Int) -> [UInt8]? {
        withRawBytes(at: column) { $0.map { Array($0) } }
    }

    /// As ``rawBytes(at:)`` without a copy; the bytes are valid during the call only.
    public func withRawBytes<R>(at column: Int, _ body: (UnsafeRawBufferPointer?) throws -> R) rethrows -> R {
        precondition(
            column >= 0 && column < result.columns.count,
            "column \(column) of \(result.columns.count) columns"
        )
        return try result.withBytes(row: row, column: column, body)
    }

    /// The position of the first column of a name.
    public func index(of name: String) -> Int? {
        result.columns.firstIndex { $0.name == name }
    }
}
