package import PostgresClient

/// Writes rows of one rollup as absolute values, in the transaction that the connection is in.
package struct FlushWriter: Sendable {
    /// Rows of one statement.
    package static let batchSize = 2000

    package let rollup: Rollup
    package let rollupID: Int32
    private let table: TableQuery
    private let rule: StorageRule

    package init(_ rollup: Rollup, id: Int32) {
        self.rollup = rollup
        self.rollupID = id
        table = TableQuery(rollup)
        rule = StorageRule(rollup)
    }

    /// What became of the rows.
    package struct Outcome: Sendable {
        package var written = 0
        package var deleted = 0
        package var parked: [(day: PostgresDate, key: RowKey, reason: String)] = []
    }

    /// Upserts rows that count something, deletes those that do not, and parks those that the table cannot hold.
    package func write(
        _ rows: [(day: PostgresDate, key: RowKey, row: RollupRow)], on connection: PostgresConnection
    ) async throws -> Outcome {
        var outcome = Outcome()
        var start = rows.startIndex
        while start < rows.endIndex {
            let end = min(start + Self.batchSize, rows.endIndex)
            var stored: [(day: PostgresDate, key: RowKey, row: RollupRow)] = []
            var emptied: [(day: PostgresDate, key: RowKey)] = []
            for (day, key, row) in rows[start..<end] {
                if row.count == 0 {
                    emptied.append((day, key))
                } else if let reason = rule.reason(key: key, row: row) {
                    emptied.append((day, key))
                    outcome.parked.append((day, key, reason))
                } else {
                    stored.append((day, key, row))
                }
            }
            try await upsert(stored, on: connection)
            try await delete(emptied, on: connection)
            outcome.written += stored.count
            outcome.deleted += emptied.count
            start = end
        }
        if !outcome.parked.isEmpty { try await park(outcome.parked, on: connection) }
        return outcome
    }

    private func upsert(
        _ rows: [(day: PostgresDate, key: RowKey, row: RollupRow)], on connection: PostgresConnection
    ) async throws {
        guard !rows.isEmpty else { return }
        var keys = KeyColumns(dimensions: rollup.dimensions.count)
        for row in rows { keys.append(row.key) }
        let sums = rollup.sums.enumerated().map { index, measure -> any PostgresEncodable in
            guard measure.kind.decimalFormat == nil else { return rows.map { $0.row.sums[index] } }
            return rows.map { Int64(clamping: $0.row.sums[index]) }
        }
        let breakdowns = rollup.labels.indices.map { index in
            rows.map { Breakdown.json($0.row.ranking(of: index), label: rollup.labels[index]) }
        }
        var parameters: [any PostgresEncodable] = [rows.map(\.day)]
        parameters += keys.parameters
        parameters.append(rows.map { Int64(clamping: $0.row.count) })
        parameters += sums
        parameters += breakdowns as [any PostgresEncodable]
        parameters +=
            rollup.extremes.indices.map { index in rows.map { $0.row.extremes[index]?.key } }
            as [any PostgresEncodable]
        parameters +=
            rollup.distincts.indices.map { index in
                rows.map { PostgresBytes($0.row.distincts[index].sketch) }
            } as [any PostgresEncodable]
        try await connection.query(table.upsert, parameters, cached: true)
    }

    /// A key beyond what an index can hold cannot be in the table, and comparing it costs nothing.
    private func delete(_ rows: [(day: PostgresDate, key: RowKey)], on connection: PostgresConnection) async throws {
        guard !rows.isEmpty else { return }
        var keys = KeyColumns(dimensions: rollup.dimensions.count)
        for row in rows { keys.append(row.key) }
        try await connection.query(table.delete, [rows.map(\.day)] + keys.parameters, cached: true)
    }

    private func park(
        _ rows: [(day: PostgresDate, key: RowKey, reason: String)], on connection: PostgresConnection
    ) async throws {
        for (day, key, reason) in rows {
            try await connection.query(
                "INSERT INTO daybook.parked (rollup, day, key, reason) VALUES ($1::integer, $2::date, $3::text[], $4::text)",
                [rollupID, day, key.values, reason], cached: true
            )
        }
    }
}
