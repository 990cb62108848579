internal import CLibPQ

extension PostgresConnection {
    /// Listens on channels for the time of `body`; notifications sent after `body` has begun all reach it.
    ///
    /// The connection may be used for other calls in the body, which read notifications along the way.
    ///
    /// - Parameter channels: their names as they are, case and all.
    /// - Parameter heartbeat: see ``PostgresNotifications``.
    public nonisolated(nonsending) func listen<R: Sendable>(
        to channels: [String],
        heartbeat: Duration = .seconds(5),
        _ body: (PostgresNotifications) async throws -> R
    ) async throws -> R {
        try await beginListening(to: channels)
        do {
            let result = try await body(PostgresNotifications(connection: self, heartbeat: heartbeat))
            await endListening(to: channels)
            return result
        } catch {
            await endListening(to: channels)
            throw error
        }
    }

    private func beginListening(to channels: [String]) async throws {
        precondition(!channels.isEmpty, "listen needs a channel")
        state.beginListening()
        inbox = NotificationInbox()
        do {
            try await executeScript(Self.script("LISTEN", channels))
        } catch {
            await endListening(to: channels)
            throw error
        }
    }

    private func endListening(to channels: [String]) async {
        if isUsable {
            do {
                try await executeScript(
                    Self.script("UNLISTEN", channels),
                    isShielded: true,
                    deadline: .now + Self.unlistenPatience
                )
            } catch {
                loseLink()
            }
        }
        state.endListening()
        inbox = NotificationInbox()
    }

    static let unlistenPatience = Duration.seconds(10)

    private static func script(_ command: String, _ channels: [String]) -> String {
        channels.map { "\(command) \($0.quotedIdentifier)" }.joined(separator: "; ")
    }

    /// For ``PostgresNotifications``.
    func nextNotification(within timeout: Duration) async throws -> PostgresNotification? {
        let end = ContinuousClock.now + timeout
        return try await interruptible {
            try state.begin(.call)
            defer { state.end() }
            let connection = try link.handle
            while true {
                if interrupt.take().isCancelled { throw CancellationError() }
                try readNotifications(connection)
                if let notification = inbox.removeFirst() { return notification }
                guard ContinuousClock.now < end else { return nil }
                _ = SocketWait.wait(for: PQsocket(connection), interrupt: interrupt, until: end)
            }
        }
    }

    func arrivedNotifications() async throws -> [PostgresNotification] {
        try await interruptible {
            try state.begin(.call)
            defer { state.end() }
            try readNotifications(try link.handle)
            return inbox.removeAll()
        }
    }

    /// A round trip that must end in time.
    func ping(within patience: Duration) async throws {
        try await executeScript("SELECT 1", deadline: .now + patience)
    }

    private func readNotifications(_ connection: OpaquePointer) throws {
        let isAlive = PQconsumeInput(connection) == 1
        collectNotifications()
        // What came before the loss still counts.
        guard isAlive || !inbox.isEmpty else {
            let error = link.lossError
            loseLink()
            throw error
        }
    }

    /// Takes over what libpq has found between results.
    func collectNotifications() {
        guard let connection = try? link.handle else { return }
        while let notification = PQnotifies(connection) {
            if state.isListening {
                inbox.append(
                    PostgresNotification(
                        channel: String(cString: notification.pointee.relname),
                        payload: String(cString: notification.pointee.extra),
                        processID: notification.pointee.be_pid
                    )
                )
            }
            PQfreemem(notification)
        }
    }
}

extension String {
    /// In double quotes, as SQL takes any name.
    var quotedIdentifier: String {
        "\"" + split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
    }
}
