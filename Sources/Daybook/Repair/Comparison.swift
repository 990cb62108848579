package import PostgresClient

/// Compares days of a rollup with their sources, at the snapshot of the transaction that the connection is in: first
/// control totals by bucket of keys, then, in the buckets that differ, every key.
package struct Comparison {
    private let buckets: BucketTotals
    private let audit: AuditQuery
    private let cursor: Cursor
    private let isSigned: Bool

    package init(_ rollup: Rollup, id: Int32, from cursor: Cursor) {
        buckets = BucketTotals(rollup, id: id)
        audit = AuditQuery(rollup, id: id)
        self.cursor = cursor
        isSigned = rollup.isSigned
    }

    /// What a day's audit examined and found.
    package struct Count: Sendable {
        /// Keys that either side has.
        package var keys = 0
        package var different = 0
    }

    /// One entry for each of the days.
    package func counts(of days: [PostgresDate], on connection: PostgresConnection) async throws -> [PostgresDate:
        Count]
    {
        var counts: [PostgresDate: Count] = [:]
        try await forEachDay(
            of: days, of: "day, count(*), count(*) FILTER (WHERE NOT is_stored)", "GROUP BY day", &counts,
            on: connection
        ) { row, counts in
            let (day, different, unstored) = try row.decode(PostgresDate.self, Int.self, Int.self)
            counts[day, default: Count()].different += different
            counts[day, default: Count()].keys += unstored
        }
        return counts
    }

    /// A key that differs.
    package struct Difference {
        package var day: PostgresDate
        package var key: RowKey
        /// Whether the sources have fewer rows than were counted.
        package var hasLostRows: Bool
    }

    /// The keys that differ, and how many were examined.
    package func differences(
        of days: [PostgresDate], reader: RowReader, on connection: PostgresConnection
    ) async throws -> (examined: Int, different: [Difference]) {
        var counts: [PostgresDate: Count] = [:]
        var different: [Difference] = []
        var unstored = 0
        try await forEachDay(
            of: days, of: "day, key, has_lost_rows, is_stored", "", &counts, on: connection
        ) { row, _ in
            different.append(
                Difference(
                    day: try row.decode(PostgresDate.self, at: 0), key: reader.key(row, at: 1),
                    hasLostRows: try row.decode(Bool.self, at: 2)
                )
            )
            if try !row.decode(Bool.self, at: 3) { unstored += 1 }
        }
        return (counts.values.reduce(unstored) { $0 + $1.keys }, different)
    }

    private func forEachDay(
        of days: [PostgresDate], of columns: String, _ grouping: String, _ counts: inout [PostgresDate: Count],
        on connection: PostgresConnection, _ body: (PostgresRow, inout [PostgresDate: Count]) throws -> Void
    ) async throws {
        guard let first = days.min(), let last = days.max() else { return }
        for day in days { counts[day] = Count() }
        for row in try await connection.query(audit.tableRows, [days]) {
            let (day, keys) = try row.decode(PostgresDate.self, Int.self)
            counts[day] = Count(keys: keys)
        }
        let bounds: [any PostgresEncodable] = [first, last, days, cursor.position.xmax, cursor.position.inProgress]
        // Extremes and sets have no totals that would tell where they differ.
        let differing =
            isSigned
            ? Array(0..<Int32(BucketTotals.buckets))
            : try await connection.query(buckets.differing, bounds).map { try $0.decode(Int32.self) }
        guard !differing.isEmpty else { return }
        let found = try await connection.query(
            "SELECT \(columns) FROM (\(audit.differences)) AS d \(grouping)", bounds + [differing]
        )
        for row in found { try body(row, &counts) }
    }
}
