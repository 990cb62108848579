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

    /// The pending events of a small turn, grouped, by rollup id: one statement for all rollups, as most of its cost is
    /// not in rows.
    /// - Returns: nil when there are too many after all: a large transaction may have committed since the glance.
    package func groups(
        of rollups: [(rollup: Rollup, id: Int32)], from cursor: PostgresSnapshot
    ) async throws -> [Int32: [Group]]? {
        let sums = rollups.map(\.rollup.sums.count).max() ?? 0
        let rows = try await connection.query(
            """
            SELECT rollup, \(Self.groupColumns(sums: sums))
            FROM \(Self.pendingEvents) AS e
            GROUP BY rollup, day, key, labels
            LIMIT \(Self.pieceSize + 1)
            """,
            [cursor.xmax, cursor.inProgress], cached: true
        )
        guard rows.count <= Self.pieceSize else { return nil }
        let byID = Dictionary(uniqueKeysWithValues: rollups.map { ($0.id, $0.rollup) })
        var groups: [Int32: [Group]] = [:]
        for row in rows {
            let id = try row.decode(Int32.self, at: 0)
            // Events of rollups that are no more are skipped.
            guard let rollup = byID[id] else { continue }
            groups[id, default: []].append(try Self.group(row, from: 1, of: rollup))
        }
        return groups
    }

    /// All pending events of a rollup, however many, grouped, piece by piece, in the transaction that the connection is in.
    package func forEachPiece(
        of rollup: Rollup, id: Int32, from cursor: PostgresSnapshot, _ body: ([Group]) async throws -> Void
    ) async throws {
        try await connection.query(
            """
            DECLARE daybook_feed NO SCROLL CURSOR FOR
            SELECT \(Self.groupColumns(sums: rollup.sums.count))
            FROM \(Self.pendingEvents) AS e
            WHERE rollup = \(id)
            GROUP BY day, key, labels
            """,
            [cursor.xmax, cursor.inProgress]
        )
        while true {
            let rows = try await connection.query("FETCH \(Self.pieceSize) FROM daybook_feed")
            if rows.isEmpty { break }
            try await body(rows.map { try Self.group($0, from: 0, of: rollup) })
        }
        try await connection.query("CLOSE daybook_feed")
    }

    private static func groupColumns(sums: Int) -> String {
        let sums = (0..<sums).map { ", sum(sums[\($0 + 1)])" }.joined()
        return "day, key, labels, count(*), min(logged_at), sum(n)\(sums)"
    }

    /// Decodes ``groupColumns(sums:)``, which begin at the given column.
    private static func group(_ row: PostgresRow, from first: Int, of rollup: Rollup) throws -> Group {
        Group(
            day: try row.decode(PostgresDate.self, at: first),
            key: row.withRawBytes(at: first + 1) { RowKey(binaryArray: $0 ?? .init(start: nil, count: 0)) },
            delta: try? delta(row, from: first, of: rollup),
            events: try row.decode(Int.self, at: first + 3),
            loggedAt: try row.decode(PostgresTimestamp.self, at: first + 4)
        )
    }

    private static func delta(_ row: PostgresRow, from first: Int, of rollup: Rollup) throws -> EventDelta {
        try EventDelta(
            count: row.decode(Int128.self, at: first + 5),
            sums: rollup.sums.indices.map { try row.decode(Int128.self, at: first + 6 + $0) },
            labels: rollup.labels.isEmpty
                ? [] : row.withRawBytes(at: first + 2) { try $0.map(Label.list(binaryArray:)) ?? [] }
        )
    }
}

extension Label {
    /// The elements of a binary `text[]`.
    package static func list(binaryArray bytes: UnsafeRawBufferPointer) throws -> [Label] {
        try PostgresArrayReader(bytes).map { Label(bytes: $0) }
    }
}
