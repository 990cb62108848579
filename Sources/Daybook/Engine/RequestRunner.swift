public import Logging
public import PostgresClient

/// Has a request carried out: by the daemon that leads, or in this process where none does.
public struct RequestRunner: Sendable {
    private var settings: EngineSettings
    private let logger: Logger

    public init(_ settings: EngineSettings, logger: Logger) {
        self.settings = settings
        // A command that does one thing is no daemon.
        self.settings.runsJobs = false
        self.logger = logger
    }

    /// Waits until the request is finished. Cancelling leaves it to the daemon, or to the next one.
    ///
    /// - Parameter progress: called a few times a second.
    /// - Throws: ``RequestFailure`` when the request cannot be carried out, ``FeedError``, ``DefinitionError``.
    public func perform(
        _ kind: Request.Kind, in range: ClosedRange<PostgresDate>?, policy: Request.Policy = .careful,
        progress: (Request.Progress) -> Void
    ) async throws -> Request.Progress {
        try await PostgresConnection.withConnection(settings.database) { connection in
            try await connection.requirePrimary()
            let hasLeader = try await InstallationStatus.read(on: connection).hasLeader
            let request = try await Request.submit(kind, in: range, policy: policy, on: connection)
            return try await withThrowingTaskGroup(of: Void.self) { group in
                // An engine of our own leads if nobody does, and stands by if somebody comes first.
                if !hasLeader { group.addTask { try await Engine(settings, logger: logger).run() } }
                defer { group.cancelAll() }
                while true {
                    let state = try await request.progress(on: connection)
                    progress(state)
                    if let failure = state.failure { throw RequestFailure(description: failure) }
                    if state.isFinished { return state }
                    try await Self.wait(alongside: &group)
                }
            }
        }
    }

    /// A fifth of a second, or until the engine fails.
    private static func wait(alongside group: inout ThrowingTaskGroup<Void, any Error>) async throws {
        group.addTask { try await Task.sleep(for: .milliseconds(200)) }
        try await group.next()
    }
}

/// Why a request could not be carried out.
public struct RequestFailure: Error, Sendable, CustomStringConvertible {
    public let description: String
}
