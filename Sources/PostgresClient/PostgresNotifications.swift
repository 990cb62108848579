/// What arrives on the channels of ``PostgresConnection/listen(to:heartbeat:_:)``, in whose body it is valid.
///
/// As a sequence it goes on until the task is cancelled or the link is lost; while nothing arrives it asks the server for
/// a sign of life every `heartbeat`, and takes the link for lost when none comes within as long again.
public struct PostgresNotifications: Sendable, AsyncSequence {
    public typealias Element = PostgresNotification

    let connection: PostgresConnection
    public let heartbeat: Duration

    /// The next notification, or nil when none has come in time. Other calls on the connection wait meanwhile.
    ///
    /// - Throws: ``PostgresError/Code/connectionLost``, `CancellationError`.
    public func next(timeout: Duration) async throws -> PostgresNotification? {
        try await connection.nextNotification(within: timeout)
    }

    /// What has already arrived, without waiting.
    public func drain() async throws -> [PostgresNotification] {
        try await connection.arrivedNotifications()
    }

    /// How many were dropped since the listening began because nobody read them: beyond 10,000 the oldest go.
    public var droppedCount: Int {
        get async { await connection.inbox.droppedCount }
    }

    public func makeAsyncIterator() -> Iterator {
        Iterator(notifications: self)
    }

    public struct Iterator: AsyncIteratorProtocol {
        let notifications: PostgresNotifications

        public mutating func next() async throws -> PostgresNotification? {
            try await notifications.nextAlive()
        }

        public mutating func next(isolation actor: isolated (any Actor)?) async throws -> PostgresNotification? {
            try await notifications.nextAlive()
        }
    }

    /// Ends with a notification or an error only.
    private func nextAlive() async throws -> PostgresNotification {
        while true {
            if let notification = try await next(timeout: heartbeat) { return notification }
            try await connection.ping(within: heartbeat)
        }
    }
}
