public import PostgresClient

/// Lets rollups that are kept in shadow tables take over the tables that they are named for, and go back.
///
/// Either is one transaction. The tables keep their identity: what refers to them, looks at them or may read them does so
/// afterwards too, and readers go on throughout, but for the instant in which a missing column is added. Other writers wait.
/// A daemon may run: its next flush finds that another epoch has begun, and it starts again from the stored cursor, which
/// the rows that were taken over equal. Locks are waited for briefly, and everything starts over a bounded number of times.
public struct Adoption: Sendable {
    private let connection: PostgresConnection
    private let lockTimeout: Duration
    private let attempts: Int

    /// Why a day's rows are kept that only the old table has.
    static let keptDay = "no source rows when the table was adopted"

    public init(on connection: PostgresConnection, lockTimeout: Duration = .milliseconds(200), attempts: Int = 50) {
        self.connection = connection
        self.lockTimeout = lockTimeout
        self.attempts = attempts
    }

    /// A table that has changed hands.
    public struct Outcome: Sendable, Hashable {
        public var table: String
        /// Where its old rows are; after going back, where ours are.
        public var other: String
        public var rows: Int
    }

    /// - Throws: ``ShadowError``; `DefinitionError` when a table does not fit, as `install` would say; ``FeedError``.
    public func adopt(_ definitions: LoadedDefinitions) async throws -> [Outcome] {
        let shadows = try await InstalledRollup.match(definitions, on: connection).filter { $0.rollup.shadowed != nil }
        guard !shadows.isEmpty else { throw ShadowError.notShadowed }
        let own = try await DefinitionCatalog.resolve(definitions, on: connection, place: .own)
        let existing = try await existingTables(of: shadows.map(\.rollup.home))
        return try await switching(existing) { connection in
            try await requireUnchanged(shadows.map(\.installed), on: connection)
            try await requireEqual(shadows, on: connection)
            var outcomes: [Outcome] = []
            for table in existing {
                try await connection.query(
                    "CREATE TABLE \(ShadowSchema.former(of: table).sql) AS TABLE \(table.sql)")
            }
            try await point(
                shadows.map { match in own.first { $0.name == match.rollup.name } ?? match.rollup }, on: connection)
            try await bringUp(own, on: connection)
            for (shadow, installed) in shadows {
                guard let rollup = own.first(where: { $0.name == shadow.name }) else { continue }
                if !existing.contains(rollup.table) {
                    try await connection.query(
                        "CREATE TABLE \(ShadowSchema.former(of: rollup.table).sql) AS TABLE \(rollup.table.sql)")
                }
                try await take(rollup, from: shadow.table, id: installed.id, on: connection)
                for statement in RollupGuard.install(on: rollup.table) { try await connection.query(statement) }
                outcomes.append(
                    try await outcome(rollup.table, ShadowSchema.former(of: rollup.table), on: connection))
            }
            return outcomes
        }
    }

    /// - Throws: ``ShadowError/nothingToGoBackTo``; ``FeedError``.
    public func goBack(_ definitions: LoadedDefinitions) async throws -> [Outcome] {
        let own = try await InstalledRollup.match(definitions, on: connection)
        let formers = try await existingTables(of: own.map { ShadowSchema.former(of: $0.rollup.home) })
        let adopted = own.filter {
            $0.rollup.shadowed == nil && formers.contains(ShadowSchema.former(of: $0.rollup.table))
        }
        guard !adopted.isEmpty else { throw ShadowError.nothingToGoBackTo }
        let shadows = try await DefinitionCatalog.resolve(
            definitions, on: connection, place: .besides(Set(adopted.map(\.rollup.name))))
        return try await switching(adopted.map(\.rollup.table)) { connection in
            try await requireUnchanged(adopted.map(\.installed), on: connection)
            var outcomes: [Outcome] = []
            try await point(
                adopted.map { match in shadows.first { $0.name == match.rollup.name } ?? match.rollup }, on: connection)
            try await bringUp(shadows, on: connection)
            for (rollup, installed) in adopted {
                guard let shadow = shadows.first(where: { $0.name == rollup.name }) else { continue }
                try await giveBack(rollup, to: shadow, id: installed.id, on: connection)
                outcomes.append(try await outcome(rollup.table, shadow.table, on: connection))
            }
            return outcomes
        }
    }

    /// One transaction, at one snapshot that is taken once nobody else can write: neither a leader's flush nor a job.
    private func switching<Result: Sendable>(
        _ tables: [QualifiedName], _ body: (PostgresConnection) async throws -> Result
    ) async throws -> Result {
        var backoff = PostgresBackoff(initial: .milliseconds(50), maximum: .seconds(2))
        var generator = SystemRandomNumberGenerator()
        let locked = ([QualifiedName(schema: "daybook", name: "cursor")] + tables).map(\.sql).commaSeparated
        for _ in 1...attempts {
            do {
                return try await connection.withTransaction(.repeatableRead) { connection in
                    // LOCK takes no snapshot: what it has waited for is seen.
                    try await connection.execute(
                        """
                        SET LOCAL lock_timeout = '\(lockTimeout.milliseconds)ms';
                        SET LOCAL application_name = '\(RollupGuard.application)';
                        LOCK TABLE \(locked) IN SHARE ROW EXCLUSIVE MODE
                        """)
                    for (name, value) in FeedSchema.fixedSettings + SessionSettings.wholeDays + [
                        ("row_security", "off")
                    ] {
                        try await connection.query("SELECT set_config($1::text, $2::text, true)", [name, value])
                    }
                    try await connection.query(
                        "SELECT pg_advisory_xact_lock(\(FeedSchema.lockClass), \(FeedSchema.installLock))")
                    let result = try await body(connection)
                    try await connection.query("UPDATE daybook.cursor SET epoch = epoch + 1")
                    return result
                }
            } catch let error as PostgresError where ["55P03", "40P01", "40001"].contains(error.sqlState ?? "") {
                try await Task.sleep(for: backoff.next(using: &generator))
            }
        }
        throw FeedError.sourceBusy(attempts: attempts)
    }

    private func existingTables(of names: [QualifiedName]) async throws -> [QualifiedName] {
        var found: [QualifiedName] = []
        for name in names {
            let row = try await connection.query("SELECT to_regclass($1::text) IS NOT NULL", [name.sql])[0]
            if try row.decode(Bool.self) { found.append(name) }
        }
        return found
    }

    private func outcome(
        _ table: QualifiedName, _ other: QualifiedName, on connection: PostgresConnection
    ) async throws -> Outcome {
        Outcome(
            table: table.description, other: other.description,
            rows: try await connection.query("SELECT count(*) FROM \(table.sql)")[0].decode(Int.self))
    }
}
