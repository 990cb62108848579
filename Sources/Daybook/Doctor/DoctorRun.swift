import PostgresClient

/// The two transactions of an examination.
struct DoctorRun {
    let connection: PostgresConnection
    let definitions: LoadedDefinitions
    let rollups: [Rollup]?
    let limits: DoctorLimits
    private(set) var findings: [DoctorFinding] = []
    private var feed: InstalledFeed?

    init(connection: PostgresConnection, definitions: LoadedDefinitions, rollups: [Rollup]?, limits: DoctorLimits) {
        self.connection = connection
        self.definitions = definitions
        self.rollups = rollups
        self.limits = limits
    }

    /// Everything that can be read, at one snapshot.
    mutating func lookReadOnly() async throws {
        let (found, feed) = try await connection.withTransaction(.repeatableReadReadOnly) { connection in
            let session = CatalogSession(connection: connection)
            let sources = try await DoctorSource.find(definitions, session)
            try await session.fixSettings()
            var feed: InstalledFeed?
            var found = try await attempt("installation") { _ in
                let read = try await InstalledFeed.read(for: rollups ?? [], on: connection)
                feed = read.version == nil ? nil : read
            }
            let examination = DoctorExamination(
                connection: connection, definitions: definitions, rollups: rollups, sources: sources, feed: feed,
                limits: limits
            )
            for check in DoctorCheck.all where examination.has(check.need) {
                found += try await attempt(check.name) { try await check.look(examination, &$0) }
            }
            return (found, feed)
        }
        findings += found
        self.feed = feed
    }

    /// What only temporary functions can tell; they are rolled back.
    mutating func lookAtFunctions() async throws {
        guard feed != nil || rollups != nil else { return }
        do {
            try await connection.withTransaction { connection in
                try await CatalogSession(connection: connection).fixSettings()
                var found: [DoctorFinding] = []
                if let feed {
                    found += try await attempt(FunctionComparison.check) {
                        try await FunctionComparison(feed.objects).look(on: connection, &$0)
                    }
                }
                if let rollups {
                    found += try await attempt(LocaleDependence.check) {
                        try await LocaleDependence(rollups).look(on: connection, &$0)
                    }
                }
                throw RollBack(findings: found)
            }
        } catch let rollBack as RollBack {
            findings += rollBack.findings
        }
    }

    /// The way out of a transaction that must not be committed.
    private struct RollBack: Error {
        var findings: [DoctorFinding]
    }

    /// Runs one check so that its failing spoils no other; that it could not look is what it has found then.
    private func attempt(
        _ name: String, _ look: (inout DoctorFindings) async throws -> Void
    ) async throws -> [DoctorFinding] {
        try await connection.execute("SAVEPOINT doctor")
        var findings = DoctorFindings(of: name)
        do {
            try await look(&findings)
        } catch let error as PostgresError where error.code == .server {
            try await connection.execute("ROLLBACK TO SAVEPOINT doctor")
            findings = DoctorFindings(of: name)
            findings.add(
                .warning, "the examination", "This could not be examined: \(error)",
                remedy: Self.remedy(for: error)
            )
        }
        try await connection.execute("RELEASE SAVEPOINT doctor")
        return findings.list
    }

    private static func remedy(for error: PostgresError) -> String {
        switch error.sqlState {
        case "55P03": "Something is locked by others; ask again when their transactions have ended."
        case "42501": "Give the role the right that is missing, or connect as the role that installs."
        default: "Mend what the message names; if it names nothing of yours, report it as a bug of Daybook."
        }
    }
}
