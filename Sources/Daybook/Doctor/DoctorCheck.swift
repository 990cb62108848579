import PostgresClient

/// One question to the database, and what its answers mean.
struct DoctorCheck: Sendable {
    enum Need: Sendable {
        /// The server is enough.
        case nothing
        /// Tables that the definitions name as sources.
        case sources
        /// An installed feed.
        case feed
    }

    /// The name of its findings, unless they carry their own.
    let name: String
    let need: Need
    let look: @Sendable (DoctorExamination, inout DoctorFindings) async throws -> Void

    init(
        _ name: String, needs need: Need = .nothing,
        look: @escaping @Sendable (DoctorExamination, inout DoctorFindings) async throws -> Void
    ) {
        self.name = name
        self.need = need
        self.look = look
    }

    /// All that are run in the examining transaction, in the order of their findings.
    static let all: [DoctorCheck] = [
        // Ways past the triggers.
        .partitionsNotCaptured, .triggers, .strayTriggers, .captureRights, .inheritanceChildren, .subscriptions,
        .replicationRoles, .rules, .unloggedTables, .foreignPartitions, .statementTimeouts,
        // What an audit and a repair need.
        .rowSecurity, .missingIndexes, .collationVersions,
        // The installation.
        .installation, .lineage, .rollupTables, .rollupWriters, .parkedKeys, .gaps, .incompleteDays,
        // The event log and those who hold it up.
        .eventLogPartitions, .eventLogDefaultPartition, .eventLogRetention, .eventLogSize, .preparedTransactions,
        .longTransactions, .notificationQueue,
        // The daemon.
        .daemons, .feedLag,
    ]
}

/// What one check has found so far.
struct DoctorFindings: Sendable {
    let check: String
    private(set) var list: [DoctorFinding] = []

    init(of check: String) {
        self.check = check
    }

    /// - Parameter name: the finding's own name, where the check has several kinds.
    mutating func add(
        _ severity: DoctorFinding.Severity, _ subject: String, _ evidence: String, remedy: String,
        as name: String? = nil
    ) {
        list.append(
            DoctorFinding(
                check: name ?? check, severity: severity, subject: subject, evidence: evidence, remedy: remedy
            )
        )
    }
}
