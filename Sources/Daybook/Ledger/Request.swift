public import PostgresClient

/// What a command asks of whoever leads: a row in `daybook.requests`, with a ring of the bell.
public struct Request: Sendable, Hashable {
    public enum Kind: String, Sendable {
        /// Compute days anew from their sources.
        case backfill
        /// Compare days with their sources and replace what differs.
        case repair
        /// Put a sealed day back from its archive.
        case restore
    }

    public enum Policy: String, Sendable {
        /// Sealed days whose source rows vanished without a delete event are left alone.
        case careful
        /// They follow their sources.
        case retract
        /// They are kept, and marked as days that cannot be verified.
        case retain
        /// Nothing is changed.
        case dryRun = "dry run"
    }

    public internal(set) var id: Int64
    public let kind: Kind
    /// Nil for every day there is.
    public let range: ClosedRange<PostgresDate>?
    public let policy: Policy

    /// How far a request is.
    public struct Progress: Sendable {
        public var isFinished: Bool
        public var daysDone: Int
        public var daysTotal: Int?
        public var rows: Int
        /// Why it failed.
        public var failure: String?
        /// JSON.
        public var result: String?
    }

    /// Writes the request down and wakes the daemon.
    public static func submit(
        _ kind: Kind, in range: ClosedRange<PostgresDate>?, policy: Policy = .careful, on connection: PostgresConnection
    ) async throws -> Request {
        try await connection.withTransaction { connection in
            let row = try await connection.query(
                """
                INSERT INTO daybook.requests (kind, from_day, to_day, policy)
                VALUES ($1::text, $2::date, $3::date, $4::text) RETURNING id
                """,
                [kind.rawValue, range?.lowerBound, range?.upperBound, policy.rawValue]
            )[0]
            let silent = try await connection.query(
                "SELECT pg_try_advisory_xact_lock_shared($1::integer, $2::integer)",
                [FeedSchema.lockClass, FeedSchema.bellLock]
            )[0]
            if try !silent.decode(Bool.self) {
                try await connection.query("SELECT pg_notify('\(FeedSchema.bellChannel)', '')")
            }
            return Request(id: try row.decode(Int64.self), kind: kind, range: range, policy: policy)
        }
    }

    /// How far it is.
    public func progress(on connection: PostgresConnection) async throws -> Progress {
        let row = try await connection.query(
            """
            SELECT state, days_done, days_total, rows_done, message, result::text FROM daybook.requests WHERE id = $1::bigint
            """,
            [id], cached: true
        )[0]
        let (state, done, total, rows, message, result) = try row.decode(
            String.self, Int.self, Int?.self, Int.self, String?.self, String?.self
        )
        return Progress(
            isFinished: state == "done" || state == "failed", daysDone: done, daysTotal: total, rows: rows,
            failure: state == "failed" ? message : nil, result: result
        )
    }

    /// Takes on the request that has waited longest, or goes on with one that an earlier leader left.
    package static func next(on connection: PostgresConnection) async throws -> Request? {
        let rows = try await connection.query(
            """
            UPDATE daybook.requests SET state = 'running'
            WHERE id = (SELECT id FROM daybook.requests WHERE state IN ('waiting', 'running') ORDER BY id LIMIT 1)
            RETURNING id, kind, from_day, to_day, policy
            """
        )
        guard let row = rows.first else { return nil }
        let (id, kind, from, to, policy) = try row.decode(
            Int64.self, String.self, PostgresDate?.self, PostgresDate?.self, String.self
        )
        guard let kind = Kind(rawValue: kind), let policy = Policy(rawValue: policy) else {
            preconditionFailure("the table checks kind and policy")
        }
        let range = from.flatMap { from in to.map { from...max(from, $0) } }
        return Request(id: id, kind: kind, range: range, policy: policy)
    }

    /// In the turn's transaction.
    package func report(daysDone: Int, daysTotal: Int, rows: Int, on connection: PostgresConnection) async throws {
        try await connection.query(
            "UPDATE daybook.requests SET days_done = $2::bigint, days_total = $3::bigint, rows_done = $4::bigint WHERE id = $1::bigint",
            [id, daysDone, daysTotal, rows], cached: true
        )
    }

    /// In the turn's transaction.
    package func finish(failure: String? = nil, result: String? = nil, on connection: PostgresConnection) async throws {
        try await connection.query(
            """
            UPDATE daybook.requests
            SET state = CASE WHEN $2::text IS NULL THEN 'done' ELSE 'failed' END, message = $2::text, result = $3::text::jsonb,
                finished_at = clock_timestamp()
            WHERE id = $1::bigint
            """,
            [id, failure, result]
        )
    }
}
