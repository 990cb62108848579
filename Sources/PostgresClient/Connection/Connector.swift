internal import CLibPQ

/// Opens a connection on its executor's thread: `PQconnectStart`, then `poll` until it stands, fails, or is cancelled.
struct Connector {
    let settings: [String: String]
    let onNotice: (@Sendable (PostgresNotice) -> Void)?
    let interrupt: Interrupt

    /// - Throws: ``PostgresError/Code/connectionFailed``, `CancellationError`.
    func connect() throws -> Link {
        let link = Link(try start(), notices: NoticeReceiver(onNotice))
        let connection = try link.handle
        let deadline = timeout(hosts: settings["host"] ?? settings["hostaddr"] ?? "").map { ContinuousClock.now + $0 }
        var state = PGRES_POLLING_WRITING
        while PQstatus(connection) != CONNECTION_BAD {
            if interrupt.take().isCancelled { throw CancellationError() }
            if let deadline, ContinuousClock.now >= deadline { throw timedOut(connection) }
            let ready = SocketWait.wait(
                for: PQsocket(connection),
                reading: state == PGRES_POLLING_READING,
                writing: state == PGRES_POLLING_WRITING,
                interrupt: interrupt,
                until: deadline
            )
            guard ready.socket else { continue }
            state = PQconnectPoll(connection)
            if state == PGRES_POLLING_OK {
                PQsetnonblocking(connection, 1)
                return link
            }
            if state == PGRES_POLLING_FAILED { break }
        }
        throw failed(connection)
    }

    private func start() throws -> OpaquePointer {
        let sorted = settings.sorted { $0.key < $1.key }
        let keywords = sorted.map { CString($0.key) }
        let values = sorted.map { CString($0.value) }
        return try withExtendedLifetime((keywords, values)) {
            guard let connection = PQconnectStartParams(keywords.map(\.start) + [nil], values.map(\.start) + [nil], 0)
            else { throw PostgresError(.connectionFailed, "There is not enough memory for a connection.") }
            return connection
        }
    }

    /// libpq's rule: no timeout for 0 or less, else at least 2 s, for each host.
    private func timeout(hosts: String) -> Duration? {
        guard let seconds = settings["connect_timeout"].flatMap(Int.init), seconds > 0 else { return nil }
        return .seconds(max(2, seconds) * (1 + hosts.count { $0 == "," }))
    }

    private func timedOut(_ connection: OpaquePointer) -> PostgresError {
        PostgresError(
            .connectionFailed,
            "The server at \(address(connection)) did not answer in time. "
                + "Check the address and the network, or raise connect_timeout."
        )
    }

    private func failed(_ connection: OpaquePointer) -> PostgresError {
        let reason = PQerrorMessage(connection).map { String(cString: $0).oneLine } ?? ""
        return PostgresError(
            .connectionFailed,
            "No connection to Postgres: \(reason.isEmpty ? "libpq gives no reason" : reason)",
            hint: PQconnectionNeedsPassword(connection) == 1
                ? "Give a password: in the URI, in PGPASSWORD, or in ~/.pgpass." : nil
        )
    }

    private func address(_ connection: OpaquePointer) -> String {
        let host = PQhost(connection).map { String(cString: $0) } ?? ""
        let port = PQport(connection).map { String(cString: $0) } ?? ""
        return "\(host):\(port)"
    }
}

/// A C string that lives as long as this object.
private final class CString {
    let start: UnsafePointer<CChar>?
    private let buffer: UnsafeMutableBufferPointer<CChar>

    init(_ text: String) {
        let bytes = text.utf8CString
        buffer = .allocate(capacity: bytes.count)
        _ = buffer.initialize(from: bytes)
        start = UnsafePointer(buffer.baseAddress)
    }

    deinit {
        buffer.deallocate()
    }
}
