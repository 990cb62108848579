import Logging
import PostgresClient

extension LeaderSession {
    /// Adds grouped events to their days. Days not built yet skip them: they will be built at a later snapshot.
    func apply(_ groups: [FeedReader.Group], to index: Int, in turn: inout Turn) async throws {
        for group in groups {
            turn.events += group.events
            turn.oldestEvent = min(turn.oldestEvent ?? group.loggedAt, group.loggedAt)
        }
        let counted = Dictionary(grouping: groups.filter { rollups[index].isBuilt($0.day) }, by: \.day)
        try await loadKeys(counted.mapValues { $0.map(\.key) }, of: index)
        for (day, groups) in counted {
            let accumulator = rollups[index].accumulator(for: day)
            let deltas = groups.compactMap { group in group.delta.map { (key: group.key, delta: $0) } }
            let doubts = await accumulator.add(deltas)
            let unreadable = groups.filter { $0.delta == nil }.map(\.key)
            rollups[index].implausible[day, default: []].formUnion(doubts.implausible.union(unreadable))
            rollups[index].retracted[day, default: []].formUnion(doubts.retracted)
            rollups[index].parkedChanges[day, default: []].formUnion(doubts.parked)
        }
        let days = rollups[index].days.count
        if try await dirtyRows() > settings.limits.dirtyRows || days > settings.limits.days {
            await publishChanges(of: turn)
            try await flush(in: &turn)
            try await letGoOfDays()
        }
    }

    /// Makes sure that every key of the given days can be added to.
    func loadKeys(_ keys: [PostgresDate: [RowKey]], of index: Int) async throws {
        var wanted: [(day: PostgresDate, key: RowKey)] = []
        for (day, keys) in keys {
            wanted += await rollups[index].accumulator(for: day).missing(keys).map { (day, $0) }
        }
        for start in stride(from: 0, to: wanted.count, by: FlushWriter.batchSize) {
            let batch = wanted[start..<min(start + FlushWriter.batchSize, wanted.count)]
            var columns = KeyColumns(dimensions: rollups[index].rollup.dimensions.count)
            for (_, key) in batch { columns.append(key) }
            var loaded: [Int: RollupRow] = [:]
            let rows = try await connection.query(
                rollups[index].table.loadKeys, [batch.map(\.day)] + columns.parameters, cached: true
            )
            for row in rows {
                loaded[try row.decode(Int.self, at: 0) - 1] = try rollups[index].reader.row(row, from: 1)
            }
            let byDay = Dictionary(grouping: batch.enumerated(), by: \.element.day)
            for (day, entries) in byDay {
                await rollups[index].accumulator(for: day).load(entries.map { ($0.element.key, loaded[$0.offset]) })
            }
        }
    }

    /// Reads from the sources, at this turn's snapshot, the rows of keys whose events add up to something impossible.
    func consultSources(for index: Int, in turn: inout Turn) async throws {
        try await settleRetractions(for: index, in: &turn)
        let implausible = rollups[index].implausible.filter { !$0.value.isEmpty }
        rollups[index].implausible = [:]
        let doubtful = try await leavingThinnedDays(implausible, of: index)
        guard !doubtful.isEmpty else { return }
        let keys = doubtful.reduce(0) { $0 + $1.value.count }
        logger.warning(
            "events add up to impossible rows; reading them from the sources",
            metadata: [
                "rollup": "\(rollups[index].rollup.name)", "keys": "\(keys)",
            ])
        do {
            try await rebuild(doubtful, of: index, in: &turn)
        } catch let failure as SourceFailure {
            logger.error("\(failure)")
            return
        }
        try await connection.query(
            """
            INSERT INTO daybook.gaps (rollup, cause, from_day, to_day, state, repaired_at, keys_examined, keys_rebuilt)
            VALUES ($1::text, 'drift', $2::date, $3::date, 'repaired', clock_timestamp(), $4::bigint, $4::bigint)
            """,
            [rollups[index].rollup.name, doubtful.keys.min(), doubtful.keys.max(), keys]
        )
    }

    /// Replaces rows by what the sources say at this turn's snapshot. The turn will flush.
    func rebuild(_ keys: [PostgresDate: Set<RowKey>], of index: Int, in turn: inout Turn) async throws {
        let memory = rollups[index]
        for (day, wanted) in keys where memory.isBuilt(day) && !wanted.isEmpty {
            let wanted = wanted.sorted()
            for start in stride(from: 0, to: wanted.count, by: FlushWriter.batchSize) {
                let batch = Array(wanted[start..<min(start + FlushWriter.batchSize, wanted.count)])
                try await rebuild(batch, of: day, in: memory)
            }
            let parked = rollups[index].parked[day, default: []].intersection(wanted)
            for key in parked {
                try await connection.query(
                    "DELETE FROM daybook.parked WHERE rollup = $1::integer AND day = $2::date AND key = $3::text[]",
                    [memory.id, day, key.values]
                )
            }
            rollups[index].parked[day]?.subtract(parked)
        }
        turn.mustFlush = true
    }

    private func rebuild(_ batch: [RowKey], of day: PostgresDate, in memory: RollupMemory) async throws {
        let found = try await sourceRows(of: batch, on: day, in: memory)
        let accumulator = memory.days[day] ?? DayAccumulator(day: day, shape: memory.shape, isComplete: false)
        if let index = rollups.firstIndex(where: { $0.id == memory.id }) { rollups[index].days[day] = accumulator }
        await accumulator.replace(batch.map { ($0, found[$0] ?? .empty(memory.shape)) })
    }

    /// What the sources say of the keys, at this turn's snapshot, and perhaps of others.
    func sourceRows(
        of batch: [RowKey], on day: PostgresDate, in memory: RollupMemory
    ) async throws -> [RowKey: RollupRow] {
        var columns = KeyColumns(dimensions: memory.rollup.dimensions.count)
        for key in batch { columns.append(key) }
        let select = """
            SELECT \(([RowShape(memory.rollup).key(of: "r")] + memory.table.measuredColumns).commaSeparated)
            FROM (\(memory.source.measuredRowsOfKeys)) AS r
            """
        let rows = try await SessionSettings.readingSources(on: connection) {
            try await connection.query(select, [day, day, [day]] + columns.parameters)
        }
        var found: [RowKey: RollupRow] = [:]
        for row in rows { found[memory.reader.key(row, at: 0)] = try memory.reader.row(row, from: 1) }
        return found
    }
}
