package import PostgresClient

/// A day had more rows than there is room for. The file may well be right.
package struct SnapshotTooLarge: Error, Sendable, CustomStringConvertible {
    package let rows: Int

    package var description: String { "its \(rows) rows are more than memory may hold" }
}

extension SnapshotStore {
    /// All rows of a day at once, read and checked in one pass: for a start that is in a hurry.
    ///
    /// - Parameters:
    ///   - digest: of the archive to read; nil for the open day's file.
    ///   - limit: rows that there is room for.
    /// - Returns: nil when there is no file.
    /// - Throws: as ``load(_:day:_:)``; ``SnapshotTooLarge``.
    package func loadAll(
        _ rollup: Rollup, day: PostgresDate, archivedAs digest: String? = nil, limit: Int
    ) throws -> (stamp: SnapshotStamp, rows: [RowKey: RollupRow])? {
        let path = digest.map { archivePath(rollup, day: day, digest: $0) } ?? path(rollup, day: day)
        guard DurableFile.exists(path) else { return nil }
        let expectation = SnapshotReader.Expectation(day: day, contentDigest: digest)
        return try SnapshotDatabase.with(path, .read) { database in
            let reader = SnapshotReader(table: SnapshotTable(rollup), database: database)
            let claimed = try reader.matchingStamp(expectation).rows
            guard claimed <= limit else { throw SnapshotTooLarge(rows: claimed) }
            var rows: [RowKey: RollupRow] = Dictionary(minimumCapacity: claimed)
            let stamp = try reader.verifiedStamp(expectation) { key, row in
                // A file that claims fewer rows than it has is refused at the end.
                if rows.count <= limit { rows[key] = row }
            }
            return (stamp, rows)
        }
    }
}
