internal import CLibPQ

/// The only owner of a libpq connection, used on one thread at a time; closes it at the end of its life.
final class Link {
    private var connection: OpaquePointer?
    let notices: NoticeReceiver

    /// Takes over a connection of libpq.
    init(_ connection: OpaquePointer, notices: NoticeReceiver) {
        self.connection = connection
        self.notices = notices
        notices.attach(to: connection)
    }

    deinit {
        close()
    }

    /// - Throws: ``PostgresError/Code/connectionLost`` once it is closed.
    var handle: OpaquePointer {
        get throws {
            guard let connection else {
                throw PostgresError(.connectionLost, "The connection was lost; open a new one.")
            }
            return connection
        }
    }

    /// Whether the link was alive when it was last used, and the server has not taken its leave.
    var isAlive: Bool {
        connection.map { PQstatus($0) == CONNECTION_OK } ?? false && notices.farewell == nil
    }

    /// Takes in what the server has said since, without waiting: its leave, or the end of the link.
    func look() {
        guard let connection else { return }
        // The first read finds the server's words, the second the end behind them.
        for _ in 0..<2 where PQconsumeInput(connection) == 1 { _ = PQisBusy(connection) }
    }

    func close() {
        if let connection { PQfinish(connection) }
        connection = nil
    }

    /// libpq's or the server's own account of why the link is gone.
    var lossError: PostgresError {
        if let farewell = notices.farewell { return farewell }
        let reason = connection.flatMap { PQerrorMessage($0) }.map { String(cString: $0).oneLine } ?? ""
        return PostgresError(
            .connectionLost,
            "The connection to the server was lost\(reason.isEmpty ? "." : ": \(reason)")"
        )
    }
}
