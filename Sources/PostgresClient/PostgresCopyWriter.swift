/// Takes the data of a COPY; valid in the body of ``PostgresConnection/copyIn(_:_:)``.
public final class PostgresCopyWriter {
    private let connection: PostgresConnection
    private var buffer: [UInt8] = []

    /// What is gathered before it goes to the server.
    private static let bufferSize = 64 << 10

    init(_ connection: PostgresConnection) {
        self.connection = connection
        buffer.reserveCapacity(Self.bufferSize)
    }

    /// Adds bytes in the format that the COPY names; they need not end where a row does.
    ///
    /// Waits while the server is slower than the writer. The server tells what is wrong with the data only at the end.
    public func write(_ bytes: some Sequence<UInt8>) async throws {
        buffer.append(contentsOf: bytes)
        if buffer.count >= Self.bufferSize { try await flush() }
    }

    /// Adds text in UTF-8.
    public func write(_ text: String) async throws {
        try await write(text.utf8)
    }

    func flush() async throws {
        guard !buffer.isEmpty else { return }
        let bytes = buffer
        buffer.removeAll(keepingCapacity: true)
        try await connection.putCopy(bytes)
    }
}
