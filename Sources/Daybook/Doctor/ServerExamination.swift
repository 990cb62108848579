import PostgresClient

/// What is asked outside of any transaction: whether this is a server to work on, and whether it keeps a session.
struct ServerExamination {
    private(set) var findings: [DoctorFinding] = []
    /// Whether the other checks make sense here.
    private(set) var isPlaceToWork = true

    static let minimumVersion = 150_000

    static func look(
        through connection: PostgresConnection, limits: DoctorLimits, clock: @Sendable () -> PostgresTimestamp
    ) async throws -> ServerExamination {
        var server = ServerExamination()
        server.judge(version: connection.serverVersion)
        let before = clock()
        let row = try await connection.query("SELECT clock_timestamp(), pg_is_in_recovery(), pg_backend_pid()")[0]
        let after = clock()
        let (now, isInRecovery, firstID) = try row.decode(PostgresTimestamp.self, Bool.self, Int32.self)
        let secondID = try await connection.query("SELECT pg_backend_pid()")[0].decode(Int32.self)
        server.judge(isInRecovery: isInRecovery)
        server.judge(processIDs: [firstID, secondID], told: connection.backendProcessID)
        server.judge(serverClock: now, before: before, after: after, limit: limits.clockDisagreement)
        return server
    }

    mutating func judge(version: Int) {
        guard version < Self.minimumVersion else { return }
        isPlaceToWork = false
        add(
            "server-version", "server", "The server has version \(version / 10_000); Daybook needs 15 or later.",
            remedy: "Upgrade the server."
        )
    }

    mutating func judge(isInRecovery: Bool) {
        guard isInRecovery else { return }
        isPlaceToWork = false
        add(
            "standby", "server", "The server is a standby in recovery, whose snapshots hide running transactions.",
            remedy: "Connect to the primary; target_session_attrs=read-write in the connection string finds it."
        )
    }

    /// - Parameter told: the process id that the server named when the session began.
    mutating func judge(processIDs: [Int32], told: Int32) {
        guard processIDs.contains(where: { $0 != told }) else { return }
        let evidence =
            Set(processIDs).count > 1
            ? "Two statements were run by two different server processes"
            : "Statements are run by another server process than the one that the connection began with"
        add(
            "pooler", "connection", "\(evidence): a pooler stands between, and session locks belong to nobody.",
            remedy: "Connect to the Postgres server itself, on its own port; the application may keep its pooler."
        )
    }

    /// - Parameter before: this machine's clock before the server was asked for its own, and `after` it has answered.
    mutating func judge(
        serverClock: PostgresTimestamp, before: PostgresTimestamp, after: PostgresTimestamp, limit: Duration
    ) {
        let ahead = serverClock.microsecondsSince2000 - after.microsecondsSince2000
        let behind = before.microsecondsSince2000 - serverClock.microsecondsSince2000
        let distance = max(ahead, behind)
        guard .microseconds(distance) > limit else { return }
        add(
            "clock", "server",
            "The server's clock is \(Double(distance / 1000) / 1000) s \(ahead > 0 ? "ahead of" : "behind") this "
                + "machine's.",
            remedy: "Synchronize both clocks (NTP); the server's decides which day it is.", .warning
        )
    }

    private mutating func add(
        _ check: String, _ subject: String, _ evidence: String, remedy: String,
        _ severity: DoctorFinding.Severity = .error
    ) {
        findings.append(
            DoctorFinding(check: check, severity: severity, subject: subject, evidence: evidence, remedy: remedy)
        )
    }
}
