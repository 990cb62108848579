import Logging
import PostgresClient

extension LeaderSession {
    /// The next piece of the repair under way.
    func repairGaps(in turn: inout Turn) async throws {
        guard var current = repair else { return }
        if let awaited = current.awaited {
            guard turn.snapshot.xmin >= awaited.xmax else { return }
            current.awaited = nil
            repair = current
        }
        if current.remaining == nil {
            current.remaining = try await daysToCompare(current)
            logger.warning("gap found; comparing with the sources", metadata: [
                "source": "\(current.source ?? "all")", "gaps": "\(current.gaps.count)",
            ])
        }
        guard let (id, days) = current.remaining?.first(where: { !$0.value.isEmpty }),
            let index = rollups.firstIndex(where: { $0.id == id })
        else {
            try await close(current, in: &turn)
            repair = nil
            return
        }
        let chunk = DayChunks.next(of: days)
        let (examined, different) = try await compare(chunk, of: index)
        try await rebuild(different, of: index, in: &turn)
        current.keysExamined += examined
        current.keysRebuilt += different.reduce(0) { $0 + $1.value.count }
        for day in chunk { current.remaining?[id]?[day] = nil }
        repair = current
    }

    /// Keys that differ from their sources at this turn's snapshot, and how many there are in all.
    private func compare(
        _ days: [PostgresDate], of index: Int
    ) async throws -> (examined: Int, different: [PostgresDate: Set<RowKey>]) {
        let memory = rollups[index]
        guard let chunkStart = days.min(), let chunkEnd = days.max() else { return (0, [:]) }
        let audit = AuditQuery(memory.rollup, id: memory.id)
        let parameters: [any PostgresEncodable] = [
            chunkStart, chunkEnd, days, cursor.position.xmax, cursor.position.inProgress,
        ]
        return try await SessionSettings.withPlansForManyRows(on: connection) {
            var examined = 0
            var isDifferent = false
            for row in try await connection.query(audit.totals, parameters) {
                let (_, keys, different) = try row.decode(PostgresDate.self, Int.self, Int.self)
                examined += keys
                isDifferent = isDifferent || different > 0
            }
            guard isDifferent else { return (examined, [:]) }
            var keys: [PostgresDate: Set<RowKey>] = [:]
            for row in try await connection.query(audit.differences, parameters) {
                keys[try row.decode(PostgresDate.self, at: 0), default: []].insert(memory.reader.key(row, at: 1))
            }
            return (examined, keys)
        }
    }

    /// Days of either side, with the number of their source rows. Days not built yet will be, and thinned ones keep what
    /// they have.
    private func daysToCompare(_ repair: GapRepair) async throws -> [Int32: [PostgresDate: Int64]] {
        var days: [Int32: [PostgresDate: Int64]] = [:]
        for memory in rollups where repair.concerns(memory.rollup) {
            let rows = try await SessionSettings.withPlansForManyRows(on: connection) {
                try await connection.query(AuditDays.query(memory.source))
            }
            for row in rows {
                let (day, count) = try row.decode(PostgresDate.self, Int64.self)
                days[memory.id, default: [:]][day] = count
            }
        }
        return days
    }

    private func close(_ repair: GapRepair, in turn: inout Turn) async throws {
        try await connection.query(
            """
            UPDATE daybook.gaps
            SET state = 'repaired', repaired_at = clock_timestamp(), keys_examined = $2::bigint, keys_rebuilt = $3::bigint,
                milliseconds = $4::bigint
            WHERE id = ANY ($1::bigint[])
            """,
            [repair.gaps, repair.keysExamined, repair.keysRebuilt, repair.started.duration(to: .now).milliseconds]
        )
        turn.mustFlush = true
        logger.warning("gap repaired", metadata: [
            "source": "\(repair.source ?? "all")", "gaps": "\(repair.gaps.count)",
            "keys_examined": "\(repair.keysExamined)", "keys_rebuilt": "\(repair.keysRebuilt)",
        ])
    }
}
