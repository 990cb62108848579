public import PostgresClient

/// Creates, upgrades and removes the feed.
///
/// DDL takes locks on the application's tables, so every attempt gives up after a short wait instead of queueing the
/// application behind it, and starts over a bounded number of times.
public struct Installer: Sendable {
    private let connection: PostgresConnection
    private let lockTimeout: Duration
    private let attempts: Int

    public init(on connection: PostgresConnection, lockTimeout: Duration = .milliseconds(200), attempts: Int = 50) {
        self.connection = connection
        self.lockTimeout = lockTimeout
        self.attempts = attempts
    }

    /// What becomes of the installed rollups whose definitions change. Reads their sources, and changes nothing.
    ///
    /// - Throws: ``FeedError``; ``DefinitionChangeRefusal`` for permissions that concern no change. A plan may hold
    ///   refusals too.
    public func changes(
        _ rollups: [Rollup], permissions: DefinitionPermissions = DefinitionPermissions()
    ) async throws -> [DefinitionPlan] {
        try await DefinitionSurvey(permissions).plans(for: rollups, on: connection)
    }

    /// The statements that ``install(_:changes:)`` would run now.
    public func plan(_ rollups: [Rollup], changes: [DefinitionPlan]? = nil) async throws -> [String] {
        let changes = if let changes { changes } else { try await self.changes(rollups) }
        return try await connection.withTransaction(.repeatableReadReadOnly) { connection in
            try await fixSettings(on: connection)
            let feed = try await InstalledFeed.read(for: rollups, on: connection)
            return try InstallPlan(rollups, on: feed, changes: changes).statements
        }
    }

    /// Brings the feed up to the definitions, in one transaction. Doing it twice changes nothing.
    /// - Parameter changes: what ``changes(_:permissions:)`` has planned; where nil, that is done first, without permissions.
    /// - Returns: how many statements it took, and the rollups that the daemon will build from their sources.
    public func install(
        _ rollups: [Rollup], changes: [DefinitionPlan]? = nil
    ) async throws -> (statements: Int, rebuilt: [String]) {
        let changes = if let changes { changes } else { try await self.changes(rollups) }
        return try await retryingWhenLocked { connection in
            let feed = try await InstalledFeed.read(for: rollups, on: connection)
            let plan = try InstallPlan(rollups, on: feed, changes: changes)
            for statement in plan.statements { try await connection.execute(statement) }
            return (plan.statements.count, plan.rebuilt)
        }
    }

    /// Removes triggers, functions and the schema, and shadow tables. The rollups' own tables stay as they are.
    /// - Returns: false when nothing was installed.
    public func uninstall() async throws -> Bool {
        try await retryingWhenLocked { connection in
            guard try await !connection.query("SELECT FROM pg_namespace WHERE nspname = 'daybook'").isEmpty else {
                return false
            }
            let shadows = try await ShadowTables.read(on: connection)
            try await connection.execute("SET LOCAL client_min_messages = warning; DROP SCHEMA daybook CASCADE")
            try await shadows.drop(on: connection)
            return true
        }
    }

    private func retryingWhenLocked<Result: Sendable>(
        _ body: (PostgresConnection) async throws -> Result
    ) async throws -> Result {
        var backoff = PostgresBackoff(initial: .milliseconds(50), maximum: .seconds(2))
        var generator = SystemRandomNumberGenerator()
        for _ in 1...attempts {
            do {
                return try await connection.withTransaction { connection in
                    try await fixSettings(on: connection)
                    try await connection.query(
                        "SELECT set_config('lock_timeout', $1::text, true)", ["\(lockTimeout.milliseconds)ms"])
                    try await connection.query(
                        "SELECT pg_advisory_xact_lock(\(FeedSchema.lockClass), \(FeedSchema.installLock))"
                    )
                    return try await body(connection)
                }
            } catch let error as PostgresError where error.sqlState == "55P03" || error.sqlState == "40P01" {
                try await Task.sleep(for: backoff.next(using: &generator))
            }
        }
        throw FeedError.sourceBusy(attempts: attempts)
    }

    private func fixSettings(on connection: PostgresConnection) async throws {
        for (name, value) in FeedSchema.fixedSettings {
            try await connection.query("SELECT set_config($1::text, $2::text, true)", [name, value])
        }
    }
}

extension Duration {
    /// Whole milliseconds, rounded down.
    package var milliseconds: Int64 {
        components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000
    }
}
