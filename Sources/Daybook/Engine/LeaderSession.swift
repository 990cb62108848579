package import Logging
package import PostgresClient

/// The engine while it leads, on one connection: everything it knows, from the claim of the lead to the first error.
///
/// Driven by one task, one turn at a time. An error anywhere ends the session, and with it everything in memory; the
/// next one starts from the cursor that the database has (DESIGN §12.1).
package final class LeaderSession {
    let connection: PostgresConnection
    let settings: EngineSettings
    let observatory: EngineObservatory
    let logger: Logger
    let announce: (@Sendable (Announcement) async -> Void)?
    let reader: FeedReader
    private let clock = ContinuousClock()

    /// The cursor as the database has it.
    var cursor: Cursor
    /// What memory equals: the cursor's position or beyond.
    var applied: PostgresSnapshot
    var rollups: [RollupMemory]
    var flushDue: ContinuousClock.Instant?
    var healthDue: ContinuousClock.Instant
    private var glanceDue = ContinuousClock.now
    var repair: Repair?
    /// Repairs that wait for transactions to end; one of each source at most.
    var waiting: [Repair] = []
    var gapsDue = ContinuousClock.now
    /// Between attempts at gaps whose sources cannot be read.
    var gapBackoff: PostgresBackoff
    /// After a failure, work rests until then.
    var workDue = ContinuousClock.now
    var backfill: Backfill?
    /// A day to be restored in the next turn.
    var restoring: Request?
    /// Days to be sealed in the next turn.
    var sealing: (index: Int, days: [PostgresDate])?
    /// Days to be compared with the cron jobs' table in the next turn.
    var shadowing: (index: Int, days: [PostgresDate])?
    var shadowLookDue = ContinuousClock.now
    let snapshots: SnapshotStore?
    /// Keeps the files of open days; nil where there are no snapshots.
    let files: DayFileWriter?

    /// Takes the lead on a connection whose session holds nothing of ours yet, and loads what is needed to go on.
    package static func begin(
        on connection: PostgresConnection, definitions: DefinitionFolder, settings: EngineSettings,
        observatory: EngineObservatory, logger: Logger, announce: (@Sendable (Announcement) async -> Void)?
    ) async throws -> LeaderSession {
        let cursor = try await Cursor.claim(on: connection)
        try await settings.failpoints?.pass(.leadClaimed, on: connection)
        // Names without a schema are looked up as the operator's session would, so this comes before the fixed settings.
        let rollups = try await definitions.match(on: connection).map { match in
            RollupMemory(
                match.rollup, id: match.installed.id, state: match.installed.state, follows: match.installed.follows)
        }
        try await SessionSettings.apply(to: connection)
        let session = try LeaderSession(
            on: connection, cursor: cursor, rollups: rollups, settings: settings, observatory: observatory,
            logger: logger, announce: announce
        )
        try await session.adoptLineage()
        try await session.load()
        return session
    }

    private init(
        on connection: PostgresConnection, cursor: Cursor, rollups: [RollupMemory], settings: EngineSettings,
        observatory: EngineObservatory, logger: Logger, announce: (@Sendable (Announcement) async -> Void)?
    ) throws {
        self.connection = connection
        self.settings = settings
        self.observatory = observatory
        self.logger = logger
        self.announce = announce
        self.cursor = cursor
        self.rollups = rollups
        applied = cursor.position
        reader = FeedReader(on: connection)
        healthDue = clock.now
        gapBackoff = PostgresBackoff(initial: settings.healthPeriod, maximum: max(settings.healthPeriod, .seconds(600)))
        snapshots = try settings.snapshotsDirectory.map { try SnapshotStore(directory: $0) }
        let byID = Dictionary(uniqueKeysWithValues: rollups.map { ($0.id, $0.rollup) })
        files = snapshots.map { store in
            DayFileWriter(store, rollups: byID, logger: logger) { point in
                try? await settings.failpoints?.pass(point, on: connection)
            }
        }
    }

    /// One look at the log and whatever is due.
    /// - Returns: whether there was, or still is, something to do.
    package func poll() async throws -> Bool {
        if clock.now >= healthDue {
            try await checkHealth()
            healthDue = clock.now.advanced(by: settings.healthPeriod)
        }
        let mustFlush = flushDue.map { clock.now >= $0 } ?? false
        // While events come in there is no need to ask whether there are any.
        if clock.now < glanceDue {
            let found = try await turn(isSmall: true, mustFlush: mustFlush).events
            if found == 0 || found > FeedReader.smallTurn { glanceDue = clock.now }
            return true
        }
        let glance = try await reader.glance(from: applied)
        try await rollOver(to: glance.now)
        let hasWork = try await findWork(glance)
        guard glance.pending > 0 || mustFlush || hasWork else {
            applied = glance.snapshot
            return false
        }
        let isSmall = glance.pending <= FeedReader.smallTurn
        try await turn(isSmall: isSmall, mustFlush: mustFlush)
        if glance.pending > 0, isSmall, !hasWork { glanceDue = clock.now.advanced(by: Self.glanceEvery) }
        return glance.pending > 0 || hasWork
    }

    /// While events come in, how often the engine looks for anything else to do.
    private static let glanceEvery = Duration.milliseconds(100)

    /// How long the engine may wait at most before something is due.
    package var patience: Duration {
        let due = [flushDue, healthDue].compactMap(\.self).min() ?? healthDue
        return max(clock.now.duration(to: due), .zero)
    }

    /// Everything counted so far, into the tables. For the end of a session that ends in peace.
    package func finish() async throws {
        try await turn(isSmall: false, mustFlush: true)
    }

    /// One turn: events up to one snapshot, what they and the sources say, and a flush when one is due, in one
    /// REPEATABLE READ transaction.
    @discardableResult
    private func turn(isSmall: Bool, mustFlush: Bool) async throws -> Turn {
        let started = clock.now
        var turn = Turn()
        try await connection.withTransaction(.repeatableRead) { connection in
            let row = try await connection.query("SELECT pg_current_snapshot(), clock_timestamp()", cached: true)[0]
            (turn.snapshot, turn.now) = try row.decode(PostgresSnapshot.self, PostgresTimestamp.self)
            try await pass(.turnBegun)
            let few = isSmall ? try await reader.events(of: rollups.map { ($0.rollup, $0.id) }, from: applied) : nil
            for index in rollups.indices {
                let id = rollups[index].id
                if let few {
                    if let groups = few[id] { try await apply(groups, to: index, in: &turn) }
                } else {
                    try await reader.forEachPiece(of: rollups[index].rollup, id: id, from: applied) { groups in
                        try await apply(groups, to: index, in: &turn)
                    }
                }
                try await consultSources(for: index, in: &turn)
            }
            try await pass(.turnApplied)
            try await doWork(in: &turn)
            try await pass(.turnWorked)
            await publishChanges(of: turn)
            try await pass(.turnPublished)
            // A flush in the middle of the turn has moved the cursor to its end, so the rest belongs to the same commit.
            if mustFlush || turn.mustFlush || turn.hasFlushed {
                try await flush(in: &turn)
                await publishChanges(of: turn)
                try await pass(.flushBeforeCommit)
                await settings.failpoints?.armCommit(on: connection)
            }
        }
        applied = turn.snapshot
        if turn.hasFlushed {
            await announce?(.flushed(cursor.flush))
            flushDue = nil
            try await pass(.flushAfterCommit)
            if !turn.sealed.isEmpty { try await pass(.sealAfterCommit) }
            removeSuperseded(turn)
            await updateFiles(after: turn)
            try await letGoOfDays()
        } else if flushDue == nil, try await dirtyRows() > 0 {
            flushDue = started.advanced(by: settings.flushEvery)
        }
        await report(turn)
        return turn
    }
}

/// What one turn has seen and done so far.
struct Turn {
    var snapshot = PostgresSnapshot.empty
    var now = PostgresTimestamp(microsecondsSince2000: 0)
    var events = 0
    var oldestEvent: PostgresTimestamp?
    /// Set by work that has to be committed with this turn.
    var mustFlush = false
    /// Whether the cursor has been moved in this turn's transaction.
    var hasFlushed = false
    var rowsFlushed = 0
    /// Archives to be removed once this turn has committed: rollup by position, day, digest.
    var superseded: [(index: Int, day: PostgresDate, digest: String)] = []
    /// Days that statements have rewritten in the table, past the accumulators.
    var rewritten: Set<DayFileQueue.Day> = []
    /// Days that were closed.
    var sealed: Set<DayFileQueue.Day> = []
    /// What the flush changed in days whose files are kept.
    var fileChanges: [DayFileQueue.Day: FileChange] = [:]

    enum FileChange {
        /// A row that counts nothing is gone.
        case rows([RowKey: RollupRow])
        case everything
    }
}

extension PostgresSnapshot {
    /// Sees no transaction.
    static let empty = PostgresSnapshot("1:1:") ?? { preconditionFailure("1:1: is a snapshot") }()
}
