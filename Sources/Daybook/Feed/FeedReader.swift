package import PostgresClient

/// Reads the event log from a cursor on.
///
/// An event belongs to the cursor's future when its transaction is at or beyond the cursor's `xmax`, or was in progress
/// when the cursor was taken; which of those are committed, the reading transaction's own snapshot decides.
package struct FeedReader: Sendable {
    /// More pending events than this are read through a server-side cursor, in pieces.
    package static let smallTurn = 2000
    /// Rows of one piece.
    package static let pieceSize = 5000

    private let connection: PostgresConnection

    package init(on connection: PostgresConnection) {
        self.connection = connection
    }

    /// What one look at the log tells.
    package struct Glance: Sendable {
        /// Of this look. If nothing is pending, it is the new cursor.
        package var snapshot: PostgresSnapshot
        /// Of the server.
        package var now: PostgresTimestamp
        /// Events not yet counted, of any rollup; ``FeedReader/smallTurn`` and one when there are more.
        package var pending: Int
        package var openGaps: Bool
        package var openRequests: Bool
    }

    /// One event, or all of one key and one set of labels added up.
    package struct Group: Sendable {
        package var day: PostgresDate
        package var key: RowKey
        /// Nil where the sums cannot be read; the sources decide then.
        package var delta: EventDelta?
        package var events: Int
        /// When the first of them was logged.
        package var loggedAt: PostgresTimestamp
    }

    /// Two ranges of the index that share no event, because what was in progress lies below `xmax`. With an OR in their
    /// place the planner may walk the index from end to end, which costs more the longer the log is.
    private static let pendingEvents = """
        (
            SELECT * FROM daybook.events WHERE xid >= $1::xid8
            UNION ALL
            SELECT * FROM daybook.events WHERE xid = ANY ($2::xid8[])
        )
        """

    /// `$1` and `$2` are the cursor's `xmax` and its transactions in progress.
    package static let glanceStatement = """
        SELECT pg_current_snapshot(), clock_timestamp(),
            (SELECT count(*) FROM (SELECT FROM \(pendingEvents) AS p LIMIT \(smallTurn + 1)) AS e),
            EXISTS (SELECT FROM daybook.gaps WHERE state = 'open'),
            EXISTS (SELECT FROM daybook.requests WHERE state IN ('waiting', 'running'))
        """

    /// One statement, so that everything in it is of one snapshot.
    package func glance(from cursor: PostgresSnapshot) async throws -> Glance {
        let rows = try await connection.query(
            Self.glanceStatement, [cursor.xmax, cursor.inProgress], cached: true
        )
        let (snapshot, now, pending, gaps, requests) = try rows[0].decode(
            PostgresSnapshot.self, PostgresTimestamp.self, Int.self, Bool.self, Bool.self
        )
        return Glance(snapshot: snapshot, now: now, pending: pending, openGaps: gaps, openRequests: requests)
    }

    /// The pending events of a small turn as they are, by rollup id: one statement for all rollups, as most of its cost is
    /// not in rows, and no grouping, which costs the server more than the few keys that meet twice.
    /// - Returns: nil when there are too many after all: a large transaction may have committed since the glance.
    package func events(
        of rollups: [(rollup: Rollup, id: Int32)], from cursor: PostgresSnapshot
    ) async throws -> [Int32: [Group]]? {
        let extremes = rollups.contains { !$0.rollup.extremes.isEmpty } ? "extremes" : "NULL::text[]"
        let rows = try await connection.query(
            """
            SELECT rollup, day, key, labels, logged_at, n, addends, \(extremes)
            FROM \(Self.pendingEvents) AS e
            LIMIT \(Self.pieceSize + 1)
            """,
            [cursor.xmax, cursor.inProgress], cached: true
        )
        guard rows.count <= Self.pieceSize else { return nil }
        let byID = Dictionary(uniqueKeysWithValues: rollups.map { ($0.id, ($0.rollup, RowShape($0.rollup))) })
        var events: [Int32: [Group]] = [:]
        for row in rows {
            let id = try row.decode(Int32.self, at: 0)
            // Events of rollups that are no more are skipped.
            guard let (rollup, shape) = byID[id] else { continue }
            events[id, default: []].append(
                Group(
                    day: try row.decode(PostgresDate.self, at: 1),
                    key: try Self.key(row, at: 2),
                    delta: try? Self.delta(row, of: rollup, shape),
                    events: 1,
                    loggedAt: try row.decode(PostgresTimestamp.self, at: 4)
                )
            )
        }
        return events
    }

    private static func delta(_ row: PostgresRow, of rollup: Rollup, _ shape: RowShape) throws -> EventDelta? {
        let addends = try row.decode([Int64?].self, at: 6)
        guard addends.count == shape.addends.count else { return nil }
        return EventDelta(
            count: Int128(try row.decode(Int64.self, at: 5)),
            sums: shape.sums.map { Int128(addends[$0.addend] ?? 0) },
            labels: try labels(row, at: 3, of: rollup), hashes: try hashes(row, at: 3, of: rollup),
            extremes: rollup.extremes.isEmpty ? [] : try extremes(row, at: 7)
        ).complete(for: shape)
    }

    /// All pending events of a rollup, however many, grouped, piece by piece, in the transaction that the connection is in.
    package func forEachPiece(
        of rollup: Rollup, id: Int32, from cursor: PostgresSnapshot, _ body: ([Group]) async throws -> Void
    ) async throws {
        let shape = RowShape(rollup)
        // What came is counted before what went, so that no row seems to lose what it has not got yet.
        let outermost = shape.extremes.enumerated().map {
            "\($0.element.end.aggregate)(extremes[\($0.offset + 1)] COLLATE \"C\")"
        }
        let extremes = outermost.isEmpty ? "" : ", ARRAY[\(outermost.commaSeparated)]"
        let totals = shape.addends.indices.map { ", sum(addends[\($0 + 1)])" }.joined()
        try await connection.query(
            """
            DECLARE daybook_feed NO SCROLL CURSOR FOR
            SELECT day, key, labels, min(logged_at), count(*), sum(n)\(totals)\(extremes)
            FROM \(Self.pendingEvents) AS e
            WHERE rollup = \(id)
            GROUP BY day, key, labels\(rollup.isSigned ? ", n > 0 ORDER BY n > 0 DESC" : "")
            """,
            [cursor.xmax, cursor.inProgress]
        )
        while true {
            let rows = try await connection.query("FETCH \(Self.pieceSize) FROM daybook_feed")
            if rows.isEmpty { break }
            try await body(rows.map { try Self.group($0, of: rollup, shape) })
        }
        try await connection.query("CLOSE daybook_feed")
    }

    private static func group(_ row: PostgresRow, of rollup: Rollup, _ shape: RowShape) throws -> Group {
        let delta = try? EventDelta(
            count: row.decode(Int128.self, at: 5),
            sums: shape.sums.map { try row.decode(Int128?.self, at: 6 + $0.addend) ?? 0 },
            labels: labels(row, at: 2, of: rollup), hashes: hashes(row, at: 2, of: rollup),
            extremes: rollup.extremes.isEmpty ? [] : extremes(row, at: 6 + shape.addends.count)
        ).complete(for: shape)
        return Group(
            day: try row.decode(PostgresDate.self, at: 0),
            key: try key(row, at: 1),
            delta: delta,
            events: try row.decode(Int.self, at: 4),
            loggedAt: try row.decode(PostgresTimestamp.self, at: 3)
        )
    }

    private static func key(_ row: PostgresRow, at column: Int) throws -> RowKey {
        row.withRawBytes(at: column) { RowKey(binaryArray: $0 ?? .init(start: nil, count: 0)) }
    }

    private static func labels(_ row: PostgresRow, at column: Int, of rollup: Rollup) throws -> [Label] {
        guard !rollup.labels.isEmpty else { return [] }
        let all = try row.withRawBytes(at: column) { try $0.map(Label.list(binaryArray:)) ?? [] }
        return Array(all.prefix(rollup.labels.count))
    }

    /// Behind the labels.
    private static func hashes(_ row: PostgresRow, at column: Int, of rollup: Rollup) throws -> [Int64?] {
        guard !rollup.distincts.isEmpty else { return [] }
        let all = try row.withRawBytes(at: column) { try $0.map(Label.list(binaryArray:)) ?? [] }
        return all.dropFirst(rollup.labels.count).map { $0.text.flatMap { Int64($0) } }
    }

    private static func extremes(_ row: PostgresRow, at column: Int) throws -> [RankedValue?] {
        try row.withRawBytes(at: column) { try $0.map(RankedValue.list(binaryArray:)) ?? [] }
    }
}

extension EventDelta {
    /// Nil where something is missing.
    fileprivate func complete(for shape: RowShape) -> EventDelta? {
        hashes.count == shape.sets.count && extremes.count == shape.extremes.count ? self : nil
    }
}

extension RankedValue {
    /// The elements of a binary `text[]` of keys.
    package static func list(binaryArray bytes: UnsafeRawBufferPointer) throws -> [RankedValue?] {
        try PostgresArrayReader(bytes).map { $0.flatMap { RankedValue(bytes: $0) } }
    }
}

extension Label {
    /// The elements of a binary `text[]`.
    package static func list(binaryArray bytes: UnsafeRawBufferPointer) throws -> [Label] {
        try PostgresArrayReader(bytes).map { Label(bytes: $0) }
    }
}
