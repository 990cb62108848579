internal import CLibPQ

/// The one way to talk to the server: begin an exchange, send, read every result, end the exchange.
///
/// Nothing in an exchange suspends: it runs on the connection's thread, which waits in `poll`.
extension PostgresConnection {
    /// Runs one exchange of its own.
    ///
    /// - Parameter isShielded: the task's cancellation does not touch it.
    /// - Parameter deadline: when the link is given up for lost.
    func exchange<R: Sendable>(
        isShielded: Bool = false,
        deadline: ContinuousClock.Instant? = nil,
        _ body: (OpaquePointer) throws -> R
    ) async throws -> R {
        try await interruptible(isShielded: isShielded, deadline: deadline) {
            try state.begin(.call)
            defer { state.end() }
            return try settled(body)
        }
    }

    /// Makes the task's cancellation known to the loop that waits for the server.
    func interruptible<R: Sendable>(
        isShielded: Bool = false,
        deadline: ContinuousClock.Instant? = nil,
        _ body: () throws -> R
    ) async throws -> R {
        if !isShielded { try Task.checkCancellation() }
        self.deadline = deadline
        let interrupt = interrupt
        let call = interrupt.arm()
        defer { interrupt.disarm() }
        guard !isShielded else { return try body() }
        return try await withTaskCancellationHandler {
            try perform(body)
        } onCancel: {
            interrupt.cancel(call)
        }
    }

    /// A closure that names the actor stays on its executor, which one that only calls `body` would not.
    private func perform<R>(_ body: () throws -> R) rethrows -> R {
        preconditionIsolated("libpq is called on the connection's own thread only")
        return try body()
    }

    /// Runs the body and leaves the connection with nothing outstanding, or closed.
    func settled<R>(_ body: (OpaquePointer) throws -> R) throws -> R {
        cancellation = Cancellation()
        let outcome = Result { try body(link.handle) }
        return try settle(outcome)
    }

    /// Reads what is left of an exchange, lets a cancel request run out, and tells how the exchange ended.
    func settle<R>(_ outcome: Result<R, any Error>) throws -> R {
        defer { collectNotifications() }
        do {
            if case .failure = outcome { try discardResults() }
            try absorbCancel()
        } catch {
            loseLink()
            if cancellation.isRequested { throw CancellationError() }
            guard case .failure(let first) = outcome else { throw error }
            throw first
        }
        if !link.isAlive { loseLink() }
        if cancellation.isRequested { throw CancellationError() }
        return try outcome.get()
    }

    /// No cancel request of this exchange can hit the next one after this.
    private func absorbCancel() throws {
        guard cancellation.isRequested else { return }
        cancellation.answered()
        while cancellation.isUnderWay, link.isAlive { try wait(reading: false) }
        try sent(PQsendQuery(try link.handle, ""))
        try discardResults()
    }

    func loseLink() {
        state.close(.lost)
        link.close()
    }

    /// Waits until libpq has all that was sent on its way, reading meanwhile, so that neither side can block the other.
    func flush() throws {
        let connection = try link.handle
        while true {
            switch PQflush(connection) {
            case 0: return
            case 1: try wait(writing: true)
            default: throw link.lossError
            }
        }
    }

    /// The next result of what was sent, owned by the caller; nil ends the results of one statement.
    func nextResult() throws -> OpaquePointer? {
        let connection = try link.handle
        while true {
            let isSending = PQflush(connection) == 1
            if PQisBusy(connection) == 0 || PQstatus(connection) != CONNECTION_OK { break }
            try wait(writing: isSending)
        }
        return PQgetResult(connection)
    }

    /// One turn of waiting for the socket, for a cancel, or for a deadline.
    func wait(reading: Bool = true, writing: Bool = false) throws {
        let connection = try link.handle
        let ready = SocketWait.wait(
            for: PQsocket(connection),
            reading: reading,
            writing: writing,
            interrupt: interrupt,
            until: [deadline, cancellation.wakeAt].compactMap(\.self).min()
        )
        if ready.interrupt { heed(interrupt.take()) }
        try act(on: cancellation.tick(at: .now))
        if let deadline, ContinuousClock.now >= deadline, !ready.socket {
            throw PostgresError(
                .connectionLost,
                "The server has been silent beyond the deadline; the connection is given up. Check the network."
            )
        }
        // A failure to read is told by the next result, which carries the server's last words.
        if ready.socket { PQconsumeInput(connection) }
    }

    private func heed(_ signals: Interrupt.Signals) {
        if signals.hasRequestReturned { cancellation.requestReturned(at: .now) }
        if signals.isCancelled { requestCancel() }
    }

    /// Cancels what runs; ``wait(reading:writing:)`` sees to the rest.
    func requestCancel() {
        try? act(on: cancellation.requested(at: .now))
    }

    private func act(on action: Cancellation.Action) throws {
        switch action {
        case .none: break
        case .sendRequest:
            guard let request = CancelRequest(of: try link.handle) else { throw link.lossError }
            request.send(reporting: interrupt)
        case .giveUp: throw CancellationError()
        }
    }
}
