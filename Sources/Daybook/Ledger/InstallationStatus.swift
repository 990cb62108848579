public import PostgresClient

/// What the database says of its installation, whoever asks. Tells of all daemons, not of the process that asks.
public struct InstallationStatus: Sendable {
    public var hasLeader: Bool
    public var daemons: [Daemon]
    public var feed: Feed
    public var rollups: [RollupState]
    /// Newest first, the latest of them and all that are amending.
    public var seals: [Seal]
    /// Newest first; all that are open and the latest of the others.
    public var gaps: [Gap]
    /// The jobs of `jobs.yml` by name, as the leader last read them.
    public var jobs: [JobState]
    /// Why the leader's folder of definitions as it stands is not in force.
    public var definitionsProblem: String?
    /// Why the leader's `jobs.yml` as it stands is not in force.
    public var jobsProblem: String?

    public struct Daemon: Sendable {
        public var host: String
        public var pid: Int32
        public var since: PostgresTimestamp
        public var role: String
    }

    public struct Feed: Sendable {
        /// Events logged but not yet in the rollup tables.
        public var lagEvents: Int
        /// Age of the oldest of them, in seconds; 0 when there are none.
        public var lagSeconds: Double
        public var cursor: PostgresSnapshot
        public var epoch: Int64
        public var flush: Int64
        public var flushedAt: PostgresTimestamp
    }

    public struct RollupState: Sendable {
        public var name: String
        public var state: String
        public var daysToBuild: Int
        public var thinnedDays: Int
        public var parked: [Parked]
        /// Columns that days lack which could not be computed again when the definition changed.
        public var incomplete: [Incomplete]
    }

    public struct Incomplete: Sendable {
        public var column: String
        /// `added`: null but for later changes; `redefined`: counted by an earlier definition.
        public var lack: String
        public var days: Int
        public var from: PostgresDate
        public var to: PostgresDate
    }

    public struct Parked: Sendable {
        public var reason: String
        public var keys: Int
    }

    public struct Seal: Sendable {
        public var rollup: String
        public var day: PostgresDate
        public var revision: Int
        public var state: String
        public var rows: Int
        public var verified: Bool
        public var digest: String
        public var file: String?
        public var sealedAt: PostgresTimestamp
        /// Keys changed since the seal, as far as they are written down.
        public var amendedKeys: Int
    }

    public struct Gap: Sendable {
        public var id: Int64
        public var rollup: String?
        public var source: String?
        public var cause: String
        public var from: PostgresDate?
        public var to: PostgresDate?
        public var foundAt: PostgresTimestamp
        public var state: String
        public var keysExamined: Int64?
        public var keysRebuilt: Int64?
        public var milliseconds: Int64?
    }

    /// Gaps listed besides those that are open.
    private static let listedGaps = 20
    /// Days back from the latest sealed one whose seals are listed.
    private static let listedSealDays = 7

    /// - Throws: ``FeedError/notInstalled``.
    public static func read(on connection: PostgresConnection) async throws -> InstallationStatus {
        let installed = try await connection.query("SELECT to_regclass('daybook.cursor') IS NOT NULL")[0].decode(
            Bool.self)
        guard installed else { throw FeedError.notInstalled }
        return try await connection.withTransaction(.repeatableReadReadOnly) { connection in
            let ledger = JobLedger(connection: connection)
            // An installation from before there were jobs has none.
            let hasJobs = try await ledger.isInstalled()
            let hasFolders = try await exists("definition_folders", on: connection)
            return InstallationStatus(
                hasLeader: try await hasLeader(on: connection), daemons: try await daemons(on: connection),
                feed: try await feed(on: connection), rollups: try await rollups(on: connection),
                seals: try await seals(on: connection), gaps: try await gaps(on: connection),
                jobs: hasJobs ? try await ledger.states().jobs : [],
                definitionsProblem: hasFolders ? try await definitionsProblem(on: connection) : nil,
                jobsProblem: hasJobs ? try await ledger.problem() : nil
            )
        }
    }

    /// A feed of an earlier version has not all tables.
    private static func exists(_ table: String, on connection: PostgresConnection) async throws -> Bool {
        try await connection.query("SELECT to_regclass($1::text) IS NOT NULL", ["daybook.\(table)"])[0].decode(
            Bool.self)
    }

    private static func definitionsProblem(on connection: PostgresConnection) async throws -> String? {
        try await connection.query("SELECT problem FROM daybook.definition_folders WHERE problem IS NOT NULL").first?
            .decode(String.self)
    }

    private static func incomplete(of rollup: Int32, on connection: PostgresConnection) async throws -> [Incomplete] {
        guard try await exists("incomplete", on: connection) else { return [] }
        return try await connection.query(
            """
            SELECT column_name, lack, count(*), min(day), max(day) FROM daybook.incomplete WHERE rollup = $1::integer
            GROUP BY column_name, lack ORDER BY column_name, lack
            """,
            [rollup]
        ).map { row in
            let (column, lack, days, first, last) = try row.decode(
                String.self, String.self, Int.self, PostgresDate.self, PostgresDate.self)
            return Incomplete(column: column, lack: lack, days: days, from: first, to: last)
        }
    }

    static func hasLeader(on connection: PostgresConnection) async throws -> Bool {
        try await connection.query(
            """
            SELECT EXISTS (
                SELECT FROM pg_locks AS l
                WHERE l.locktype = 'advisory' AND l.granted AND l.classid = $1::integer::oid AND l.objid = $2::integer::oid
                  AND l.objsubid = 2 AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
            )
            """,
            [FeedSchema.lockClass, FeedSchema.leaderLock]
        )[0].decode(Bool.self)
    }

    static func daemons(on connection: PostgresConnection) async throws -> [Daemon] {
        try await connection.query(
            """
            SELECT d.host, d.pid, d.since, d.role
            FROM daybook.daemons AS d JOIN pg_stat_activity AS a ON a.pid = d.backend_pid AND a.datname = current_database()
            ORDER BY d.role, d.since
            """
        ).map { row in
            let (host, pid, since, role) = try row.decode(String.self, Int32.self, PostgresTimestamp.self, String.self)
            return Daemon(host: host, pid: pid, since: since, role: role)
        }
    }

    static func feed(on connection: PostgresConnection) async throws -> Feed {
        let row = try await connection.query(
            """
            SELECT position, epoch, flush, flushed_at FROM daybook.cursor WHERE feed = 'main'
            """
        )[0]
        let (cursor, epoch, flush, flushedAt) = try row.decode(
            PostgresSnapshot.self, Int64.self, Int64.self, PostgresTimestamp.self
        )
        let lag = try await connection.query(
            """
            SELECT count(*), coalesce(extract(epoch FROM clock_timestamp() - min(logged_at)), 0)::float8
            FROM daybook.events WHERE xid >= $1::xid8 OR xid = ANY ($2::xid8[])
            """,
            [cursor.xmax, cursor.inProgress]
        )[0]
        let (events, seconds) = try lag.decode(Int.self, Double.self)
        return Feed(
            lagEvents: events, lagSeconds: seconds, cursor: cursor, epoch: epoch, flush: flush, flushedAt: flushedAt)
    }

    static func rollups(on connection: PostgresConnection) async throws -> [RollupState] {
        var states: [RollupState] = []
        let rows = try await connection.query(
            """
            SELECT r.id, r.name, r.state,
                (SELECT count(*) FROM daybook.unbuilt AS u WHERE u.rollup = r.id),
                (SELECT count(DISTINCT t.day) FROM daybook.thinned AS t WHERE t.rollup = r.id)
            FROM daybook.rollups AS r ORDER BY r.name
            """
        )
        for row in rows {
            let (id, name, state, unbuilt, thinned) = try row.decode(
                Int32.self, String.self, String.self, Int.self, Int.self)
            let parked = try await connection.query(
                "SELECT reason, count(*) FROM daybook.parked WHERE rollup = $1::integer GROUP BY reason ORDER BY reason",
                [id]
            ).map { row in
                let (reason, keys) = try row.decode(String.self, Int.self)
                return Parked(reason: reason, keys: keys)
            }
            states.append(
                RollupState(
                    name: name, state: state, daysToBuild: unbuilt, thinnedDays: thinned, parked: parked,
                    incomplete: try await incomplete(of: id, on: connection))
            )
        }
        return states
    }

    private static func seals(on connection: PostgresConnection) async throws -> [Seal] {
        try await connection.query(
            """
            SELECT r.name, s.day, s.revision, s.state, s.rows, s.verified, s.digest, s.file, s.sealed_at,
                CASE WHEN s.state = 'amending' THEN (
                    SELECT count(*) FROM daybook.amendments AS a
                    WHERE a.rollup = s.rollup AND a.day = s.day AND a.revision = s.revision + 1
                ) ELSE 0 END
            FROM daybook.seals AS s JOIN daybook.rollups AS r ON r.id = s.rollup
            WHERE s.state = 'amending' OR s.day > (SELECT max(day) FROM daybook.seals) - $1::integer
            ORDER BY s.day DESC, r.name
            """,
            [Int32(listedSealDays)]
        ).map { row in
            Seal(
                rollup: try row.decode(String.self, at: 0), day: try row.decode(PostgresDate.self, at: 1),
                revision: try row.decode(Int.self, at: 2), state: try row.decode(String.self, at: 3),
                rows: try row.decode(Int.self, at: 4), verified: try row.decode(Bool.self, at: 5),
                digest: try row.decode(String.self, at: 6), file: try row.decode(String?.self, at: 7),
                sealedAt: try row.decode(PostgresTimestamp.self, at: 8), amendedKeys: try row.decode(Int.self, at: 9)
            )
        }
    }

    static func gaps(on connection: PostgresConnection) async throws -> [Gap] {
        try await connection.query(
            """
            SELECT id, rollup, source, cause, from_day, to_day, found_at, state, keys_examined, keys_rebuilt, milliseconds
            FROM daybook.gaps WHERE state <> 'repaired' OR id > (SELECT coalesce(max(id), 0) - $1::bigint FROM daybook.gaps)
            ORDER BY id DESC
            """,
            [listedGaps]
        ).map { row in
            Gap(
                id: try row.decode(Int64.self, at: 0), rollup: try row.decode(String?.self, at: 1),
                source: try row.decode(String?.self, at: 2), cause: try row.decode(String.self, at: 3),
                from: try row.decode(PostgresDate?.self, at: 4), to: try row.decode(PostgresDate?.self, at: 5),
                foundAt: try row.decode(PostgresTimestamp.self, at: 6), state: try row.decode(String.self, at: 7),
                keysExamined: try row.decode(Int64?.self, at: 8), keysRebuilt: try row.decode(Int64?.self, at: 9),
                milliseconds: try row.decode(Int64?.self, at: 10)
            )
        }
    }
}
