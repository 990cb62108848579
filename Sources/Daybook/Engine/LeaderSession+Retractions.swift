import Logging
import PostgresClient

/// Extremes and sets that a retraction has left open.
extension LeaderSession {
    /// Reads them from the sources, at this turn's snapshot. That is everyday work: no warning, no gap.
    ///
    /// A day that has been thinned keeps what it has: the sources no longer know all of its values. So does a closed
    /// day whose sources have not as many rows as were counted; its next audit says so. On an open day such a key is
    /// rebuilt as one that has missed events.
    func settleRetractions(for index: Int, in turn: inout Turn) async throws {
        let retracted = rollups[index].retracted.filter { !$0.value.isEmpty }
        rollups[index].retracted = [:]
        guard !retracted.isEmpty else { return }
        let thinned = Set(
            try await connection.query(
                "SELECT DISTINCT day FROM daybook.thinned WHERE rollup = $1::integer AND day = ANY ($2::date[])",
                [rollups[index].id, retracted.keys.sorted()], cached: true
            ).map { try $0.decode(PostgresDate.self) }
        )
        var settled = 0
        do {
            for (day, keys) in retracted where !thinned.contains(day) && rollups[index].isBuilt(day) {
                try await settle(keys.sorted(), of: day, index)
                settled += keys.count
            }
        } catch let failure as SourceFailure {
            try await leaveOpen(retracted, of: index, because: failure)
        }
        let count = settled
        observatory.update { $0.retractionsSettled += count }
        if let day = thinned.min() {
            logger.info(
                "a retraction in days whose source rows are gone leaves their extremes and sets as they were",
                metadata: ["rollup": "\(rollups[index].rollup.name)", "days": "\(thinned.count)", "first": "\(day)"]
            )
        }
    }

    private func settle(_ keys: [RowKey], of day: PostgresDate, _ index: Int) async throws {
        for start in stride(from: 0, to: keys.count, by: FlushWriter.batchSize) {
            let batch = Array(keys[start..<min(start + FlushWriter.batchSize, keys.count)])
            // A flush in the middle of the turn may have let go of them.
            try await loadKeys([day: batch], of: index)
            let found = try await sourceRows(of: batch, on: day, in: rollups[index])
            let different = await rollups[index].accumulator(for: day).settle(batch, by: found)
            if !rollups[index].seals.sealed.contains(day) {
                rollups[index].implausible[day, default: []].formUnion(different)
            }
        }
    }

    /// The sources cannot be read: a gap that stays open until they have been compared.
    private func leaveOpen(
        _ keys: [PostgresDate: Set<RowKey>], of index: Int, because failure: SourceFailure
    ) async throws {
        logger.error("\(failure)")
        try await connection.query(
            """
            INSERT INTO daybook.gaps (rollup, cause, detail, from_day, to_day)
            VALUES ($1::text, 'drift', left($2::text, 500), $3::date, $4::date)
            """,
            [rollups[index].rollup.name, "\(failure)", keys.keys.min(), keys.keys.max()]
        )
    }
}
