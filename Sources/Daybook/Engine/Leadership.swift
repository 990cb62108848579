import Logging
import PostgresClient
import ServiceLifecycle

/// The lead, the bell's lock and this daemon's row in the register, on the connection that holds them.
struct Leadership: Sendable {
    private let connection: PostgresConnection
    private let register: DaemonRegister
    private let healthPeriod: Duration
    private let pulse: Pulse

    init(on connection: PostgresConnection, register: DaemonRegister, healthPeriod: Duration) {
        self.connection = connection
        self.register = register
        self.healthPeriod = healthPeriod
        pulse = Pulse()
    }

    /// Waits as standby until no other daemon leads.
    /// - Returns: false when shut down meanwhile.
    func await(
        observatory: EngineObservatory, logger: Logger, onStandby: () -> Void
    ) async throws -> Bool {
        let installed = try await connection.query("SELECT to_regclass('daybook.daemons') IS NOT NULL")
        guard try installed[0].decode(Bool.self) else { throw FeedError.notInstalled }
        var isFirst = true
        while !Task.isShuttingDownGracefully {
            try Task.checkCancellation()
            if try await tryLock(FeedSchema.leaderLock) {
                try await announce(.leader)
                return true
            }
            if isFirst {
                logger.info("another daemon leads; standing by")
                observatory.update { status in
                    status.role = .standby
                    status.jobs = []
                    status.jobsProblem = nil
                }
                onStandby()
                isFirst = false
            }
            if pulse.isDue { try await announce(.standby) }
            await Shutdown.wait(.milliseconds(500))
        }
        try await resign()
        return false
    }

    /// Proves, once in a health period, that the connection with the locks still lives.
    func confirm() async throws {
        if pulse.isDue { try await announce(.leader) }
    }

    /// Whether a sleeping daemon may make writers ring: a transaction that has run NOTIFY cannot be prepared.
    func transactionsMayRing() async throws -> Bool {
        let row = try await connection.query("SELECT current_setting('max_prepared_transactions')::integer")[0]
        return try row.decode(Int32.self) == 0
    }

    func tryBellLock() async throws -> Bool {
        try await tryLock(FeedSchema.bellLock)
    }

    func releaseBellLock() async throws {
        try await connection.query(
            "SELECT pg_advisory_unlock($1::integer, $2::integer)", [FeedSchema.lockClass, FeedSchema.bellLock],
            cached: true
        )
    }

    /// Leaves the register. The locks end with the connection.
    func resign() async throws {
        try await register.withdraw(on: connection)
    }

    private func announce(_ role: EngineStatus.Role) async throws {
        pulse.next(in: healthPeriod)
        try await register.announce(role, backend: connection.backendProcessID, on: connection)
    }

    private func tryLock(_ lock: Int32) async throws -> Bool {
        try await connection.query(
            "SELECT pg_try_advisory_lock($1::integer, $2::integer)", [FeedSchema.lockClass, lock], cached: true
        )[0].decode(Bool.self)
    }
}
