import Daybook
import PostgresClient

/// One state of a rollup, for as long as the transaction lasts in which it is read.
struct Reading {
    let served: ServedRollup
    let moment: Moment
    /// Which announcements memory had taken in.
    let overlayVersion: UInt64
    /// Rows of memory that are not in this snapshot's tables.
    let rows: [PostgresDate: Overlay.Day]
    /// Which transactions are counted in what is read here.
    private let position: PostgresSnapshot
    private let connection: PostgresConnection

    /// What the database says of itself.
    struct Moment: Sendable {
        let now: PostgresTimestamp
        /// In the rollup's zone.
        let today: PostgresDate
        let flush: Int64
        let position: PostgresSnapshot
        /// The rollup as installed now; nil when it is not, or has its table elsewhere.
        let rollupID: Int32?
        let isPlanned: Bool
    }

    init(
        _ served: ServedRollup, overlay: Overlay, counted: PostgresSnapshot?, on connection: PostgresConnection
    ) async throws {
        self.served = served
        self.connection = connection
        let row = try await connection.query(
            """
            SELECT clock_timestamp(), (clock_timestamp() AT TIME ZONE $1::text)::date, c.flush, c.position,
                (SELECT r.id FROM daybook.rollups AS r WHERE r.name = $2::text AND r.table_schema = $3::text),
                coalesce((SELECT r.state <> 'unplanned' FROM daybook.rollups AS r WHERE r.name = $2::text), false)
            FROM daybook.cursor AS c WHERE c.feed = 'main'
            """,
            [
                served.rollup.definition.timeZone, served.rollup.name, served.rollup.table.schema ?? "public",
            ], cached: true
        ).first
        guard let row else { throw APIError.unavailable("not_ready", FeedError.notInstalled.description) }
        moment = Moment(
            now: try row.decode(PostgresTimestamp.self, at: 0), today: try row.decode(PostgresDate.self, at: 1),
            flush: try row.decode(Int64.self, at: 2), position: try row.decode(PostgresSnapshot.self, at: 3),
            rollupID: try row.decode(Int32?.self, at: 4), isPlanned: try row.decode(Bool.self, at: 5)
        )
        overlayVersion = overlay.version
        rows = overlay.rows(of: served.rollup.name, over: moment.flush)
        // While rows of memory are left out, only what the tables have is counted.
        let ahead = overlay.rollups == nil || overlay.hasOverflowed ? [] : [counted, overlay.position]
        position = ahead.compactMap(\.self).reduce(moment.position) { $0.xmax < $1.xmax ? $1 : $0 }
    }

    /// Runs a statement over the merged rows, called `merged` in it.
    func query(
        days: ClosedRange<PostgresDate>?, filters: [DimensionFilter], parameters: SQLParameters = SQLParameters(),
        _ rest: (inout SQLParameters) -> String
    ) async throws -> PostgresResult {
        let (sql, values) = statement(days: days, filters: filters, parameters: parameters, rest)
        return try await connection.query(sql, values, cached: true)
    }

    /// As ``query(days:filters:parameters:_:)``, in batches.
    func stream(
        days: ClosedRange<PostgresDate>?, filters: [DimensionFilter], _ rest: (inout SQLParameters) -> String,
        _ body: (PostgresRowStream) async throws -> Void
    ) async throws {
        let (sql, values) = statement(days: days, filters: filters, parameters: SQLParameters(), rest)
        try await connection.stream(sql, values, batchSize: 500, body)
    }

    private func statement(
        days: ClosedRange<PostgresDate>?, filters: [DimensionFilter], parameters: SQLParameters,
        _ rest: (inout SQLParameters) -> String
    ) -> (sql: String, values: [(any PostgresEncodable)?]) {
        var parameters = parameters
        let merged = MergedRelation(served, days: days, filters: filters, rows: rows, &parameters)
        return (merged.query(as: "merged", rest(&parameters)), parameters.values)
    }

    /// Lets a long export take its time.
    func allow(_ seconds: Int) async throws {
        try await connection.execute("SET LOCAL statement_timeout = '\(seconds)s'")
    }
}

extension Reading {
    /// How fresh what is read here is.
    /// - Parameter states: of the days.
    func freshness(days: ClosedRange<PostgresDate>, states: JSONValue) async throws -> JSONValue {
        let pending = try await connection.query(
            """
            SELECT least(
                (SELECT e.logged_at FROM daybook.events AS e WHERE e.xid >= $1::xid8 ORDER BY e.xid LIMIT 1),
                (SELECT min(e.logged_at) FROM daybook.events AS e WHERE e.xid = ANY ($2::xid8[]))
            )
            """,
            [position.xmax, position.inProgress], cached: true
        )[0].decode(PostgresTimestamp?.self)
        let lag = max(0, moment.now.microsecondsSince2000 - (pending ?? moment.now).microsecondsSince2000)
        let asOf = PostgresTimestamp(microsecondsSince2000: moment.now.microsecondsSince2000 - lag)
        return .object([
            ("as_of", .time(asOf)), ("lag_seconds", .seconds(Double(lag) / 1_000_000)),
            ("provisional", .bool(rows.contains { days.contains($0.key) && !$0.value.isEmpty })),
            ("days", states),
        ])
    }

    /// For each day what became of it.
    func states(of days: ClosedRange<PostgresDate>) async throws -> JSONValue {
        let rows = try await connection.query(
            """
            SELECT d.day, s.revision, CASE
                WHEN NOT $4::boolean OR u.day IS NOT NULL THEN 'building'
                WHEN g.is_undecided THEN 'undecided'
                WHEN NOT g.is_undecided THEN 'repairing'
                WHEN s.state = 'amending' THEN 'amending'
                WHEN EXISTS (
                    SELECT FROM daybook.incomplete AS i WHERE i.rollup = $3::integer AND i.day = d.day
                ) THEN 'incomplete'
                WHEN t.day IS NOT NULL THEN 'thinned'
                WHEN s.state = 'sealed' THEN 'sealed'
                WHEN d.day >= $5::date THEN 'open'
                ELSE 'closed' END
            FROM (SELECT $1::date + i AS day FROM generate_series(0, $2::integer) AS i) AS d
            LEFT JOIN daybook.unbuilt AS u ON u.rollup = $3::integer AND u.day = d.day
            LEFT JOIN daybook.thinned AS t ON t.rollup = $3::integer AND t.day = d.day
            LEFT JOIN daybook.seals AS s ON s.rollup = $3::integer AND s.day = d.day
            -- Null where no gap is open.
            CROSS JOIN LATERAL (
                SELECT bool_and(g.state = 'undecided') AS is_undecided FROM daybook.gaps AS g
                WHERE g.state <> 'repaired' AND coalesce(g.rollup = $6::text, true)
                    AND coalesce(g.source = ANY ($7::text[]), true)
                    AND d.day BETWEEN coalesce(g.from_day, '-infinity') AND coalesce(g.to_day, 'infinity')
            ) AS g
            ORDER BY d.day
            """,
            [
                days.lowerBound, Int32(days.dayCount - 1), served.id, moment.isPlanned, moment.today,
                served.rollup.name, served.rollup.events.map { $0.source.table.description },
            ], cached: true
        )
        return .array(
            try rows.map { row in
                let (day, revision, state) = try row.decode(PostgresDate.self, Int32?.self, String.self)
                return .object([
                    ("day", .day(day)), ("state", .string(state)), ("revision", .integer(revision.map(Int.init))),
                ])
            })
    }
}
