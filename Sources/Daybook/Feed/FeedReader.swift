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

    /// Events of one key and one set of labels, added up.
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

    /// All pending events of a rollup, grouped, piece by piece, in the transaction that the connection is in.
    package func forEachPiece(
        of rollup: Rollup, id: Int32, from cursor: PostgresSnapshot, isSmall: Bool,
        _ body: ([Group]) async throws -> Void
    ) async throws {
        let sums = rollup.sums.indices.map { "sum(sums[\($0 + 1)])" }
        let query = """
            SELECT day, key, labels, count(*), min(logged_at), sum(n)\(sums.map { ", \($0)" }.joined())
            FROM \(Self.pendingEvents) AS e
            WHERE rollup = \(id)
            GROUP BY day, key, labels
            """
        let parameters: [any PostgresEncodable] = [cursor.xmax, cursor.inProgress]
        if isSmall {
            let groups = try await connection.query(query, parameters, cached: true).map {
                try Self.group($0, of: rollup)
            }
            if !groups.isEmpty { try await body(groups) }
            return
        }
        try await connection.query("DECLARE daybook_feed NO SCROLL CURSOR FOR \(query)", parameters)
        while true {
            let rows = try await connection.query("FETCH \(Self.pieceSize) FROM daybook_feed")
            if rows.isEmpty { break }
            try await body(rows.map { try Self.group($0, of: rollup) })
        }
        try await connection.query("CLOSE daybook_feed")
    }

    private static func group(_ row: PostgresRow, of rollup: Rollup) throws -> Group {
        Group(
            day: try row.decode(PostgresDate.self, at: 0),
            key: row.withRawBytes(at: 1) { RowKey(binaryArray: $0 ?? .init(start: nil, count: 0)) },
            delta: try? delta(row, of: rollup),
            events: try row.decode(Int.self, at: 3),
            loggedAt: try row.decode(PostgresTimestamp.self, at: 4)
        )
    }

    private static func delta(_ row: PostgresRow, of rollup: Rollup) throws -> EventDelta {
        try EventDelta(
            count: row.decode(Int128.self, at: 5),
            sums: rollup.sums.indices.map { try row.decode(Int128.self, at: 6 + $0) },
            labels: rollup.labels.isEmpty ? [] : row.withRawBytes(at: 2) { try $0.map(Label.list(binaryArray:)) ?? [] }
        )
    }
}

extension Label {
    /// The elements of a binary `text[]`.
    package static func list(binaryArray bytes: UnsafeRawBufferPointer) throws -> [Label] {
        try PostgresArrayReader(bytes).map { Label(bytes: $0) }
    }
}
