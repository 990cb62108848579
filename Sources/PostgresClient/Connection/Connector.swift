internal import CLibPQ

/// Opens a connection on its executor's thread: `PQconnectStart`, then `poll` until it stands, fails, or is cancelled.
///
/// Several hosts are tried one after the other, each within the connect timeout.
struct Connector {
    let settings: [String: String]
    let onNotice: (@Sendable (PostgresNotice) -> Void)?
    let interrupt: Interrupt

    /// - Throws: ``PostgresError/Code/connectionFailed`` with the reason of each host, `CancellationError`.
    func connect() throws -> Link {
        let attempts = HostList.attempts(settings)
        var reasons: [PostgresError] = []
        for attempt in attempts {
            do {
                return try connect(attempt)
            } catch let error as PostgresError {
                reasons.append(error)
            }
        }
        guard reasons.count > 1 else { throw reasons[0] }
        throw PostgresError(
            .connectionFailed,
            reasons.map(\.message).joined(separator: " "),
            hint: reasons.lazy.compactMap(\.hint).first
        )
    }

    private func connect(_ settings: [String: String]) throws -> Link {
        let link = Link(try start(settings), notices: NoticeReceiver(onNotice))
        let connection = try link.handle
        let deadline = timeout(of: connection).map { ContinuousClock.now + $0 }
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

    private func start(_ settings: [String: String]) throws -> OpaquePointer {
        let sorted = settings.sorted { $0.key < $1.key }
        let keywords = sorted.map { CString($0.key) }
        let values = sorted.map { CString($0.value) }
        return try withExtendedLifetime((keywords, values)) {
            guard let connection = PQconnectStartParams(keywords.map(\.start) + [nil], values.map(\.start) + [nil], 0)
            else { throw PostgresError(.connectionFailed, "There is not enough memory for a connection.") }
            return connection
        }
    }

    /// What is in force, a service file included. libpq's rule: no timeout for 0 or less, else at least 2 s.
    private func timeout(of connection: OpaquePointer) -> Duration? {
        guard let options = PQconninfo(connection) else { return nil }
        defer { PQconninfoFree(options) }
        let values = PostgresConfiguration.values(options)
        guard let seconds = values["connect_timeout"].flatMap(Int.init), seconds > 0 else { return nil }
        return .seconds(max(2, seconds))
    }

    private func timedOut(_ connection: OpaquePointer) -> PostgresError {
        let host = PQhost(connection).map { String(cString: $0) } ?? ""
        let port = PQport(connection).map { String(cString: $0) } ?? ""
        return PostgresError(
            .connectionFailed,
            "The server at \(host):\(port) did not answer in time. "
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
