internal import CLibPQ
internal import Dispatch

/// One session with a Postgres server.
///
/// It has one owner at a time: its calls run one after the other on a thread of its own, and a call that waits for the
/// server keeps others waiting. Cancelling the task of a call cancels the statement on the server; the call then ends
/// with `CancellationError`, and the connection is idle and usable, within a transaction in a failed one. A server that
/// does not answer the cancel within 5 s costs the link. Once ``isUsable`` is false, open a new connection.
public actor PostgresConnection {
    private let executor: ConnectionExecutor
    let link: Link
    let interrupt: Interrupt
    var state = ConnectionState()
    var cancellation = Cancellation()
    /// When the exchange in progress gives the link up; nil for no such limit.
    var deadline: ContinuousClock.Instant?
    var statements = StatementCache()
    var inbox = NotificationInbox()
    var stream: StreamState?
    /// The server waits for data of a COPY.
    var isCopyOpen = false
    /// Armed by tests only.
    var commitFault: CommitFault?

    public nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    /// The process id of the session on the server, as the server told it when the session began.
    public nonisolated let backendProcessID: Int32
    /// For example 150018 for 15.18.
    public nonisolated let serverVersion: Int

    private init(_ link: sending Link, executor: ConnectionExecutor, interrupt: Interrupt) throws {
        let connection = try link.handle
        backendProcessID = PQbackendPID(connection)
        serverVersion = Int(PQserverVersion(connection))
        self.link = link
        self.executor = executor
        self.interrupt = interrupt
    }

    /// Opens a connection. Cancelling the task ends the attempt, except while a host name is being resolved.
    ///
    /// - Parameter onNotice: called for every notice and warning of the server, on the connection's thread.
    /// - Throws: ``PostgresError/Code/connectionFailed``, `CancellationError`.
    public static func connect(
        _ configuration: PostgresConfiguration,
        onNotice: (@Sendable (PostgresNotice) -> Void)? = nil
    ) async throws -> PostgresConnection {
        try Task.checkCancellation()
        let settings = try configuration.settings()
        let executor = ConnectionExecutor()
        let interrupt = try Interrupt()
        let call = interrupt.arm()
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                executor.queue.async {
                    continuation.resume(
                        with: Result {
                            let connector = Connector(settings: settings, onNotice: onNotice, interrupt: interrupt)
                            let link = try connector.connect()
                            interrupt.disarm()
                            return try PostgresConnection(link, executor: executor, interrupt: interrupt)
                        }
                    )
                }
            }
        } onCancel: {
            interrupt.cancel(call)
        }
    }

    /// Opens a connection for the time of `body`, and closes it however `body` ends.
    public nonisolated(nonsending) static func withConnection<R: Sendable>(
        _ configuration: PostgresConfiguration,
        _ body: (PostgresConnection) async throws -> R
    ) async throws -> R {
        let connection = try await connect(configuration)
        do {
            let result = try await body(connection)
            await connection.close()
            return result
        } catch {
            await connection.close()
            throw error
        }
    }

    /// Ends the session. What it has not committed is undone. Closing twice, or a lost connection, does nothing.
    public func close() {
        state.close(.byOwner)
        stream = nil
        link.close()
    }

    /// False once the connection is closed, or a call has found the link lost.
    public var isUsable: Bool {
        state.isOpen && link.isAlive
    }
}
