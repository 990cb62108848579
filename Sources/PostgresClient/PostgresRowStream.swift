/// The rows of a running statement, batch by batch; valid in the body of ``PostgresConnection/stream(_:_:batchSize:_:)``.
public struct PostgresRowStream: Sendable, AsyncSequence {
    public typealias Element = PostgresRows

    let connection: PostgresConnection

    /// The next rows, at least one; nil at the end. The server is read no further than that.
    ///
    /// - Throws: ``PostgresError``, `CancellationError`.
    public func next() async throws -> PostgresRows? {
        try await connection.nextBatch()
    }

    public func makeAsyncIterator() -> Iterator {
        Iterator(stream: self)
    }

    public struct Iterator: AsyncIteratorProtocol {
        let stream: PostgresRowStream

        public mutating func next() async throws -> PostgresRows? {
            try await stream.next()
        }

        public mutating func next(isolation actor: isolated (any Actor)?) async throws -> PostgresRows? {
            try await stream.next()
        }
    }
}
