import Logging
import PostgresClient

extension LeaderSession {
    func dirtyRows() async throws -> Int {
        var count = 0
        for memory in rollups {
            for accumulator in memory.days.values { count += await accumulator.dirtyCount }
        }
        return count
    }

    /// Writes every dirty row and moves the cursor to the turn's snapshot. The cursor's row comes first: it tells
    /// whether this daemon still leads, and holds off any other until the commit. May be called again in one turn.
    func flush(in turn: inout Turn) async throws {
        let started = ContinuousClock.now
        defer {
            let seconds = started.duration(to: .now) / .seconds(1)
            observatory.update { $0.lastFlushSeconds = seconds }
        }
        if !turn.hasFlushed {
            try await cursor.advance(to: turn.snapshot, on: connection)
            turn.hasFlushed = true
            try await pass(.flushCursorMoved)
        }
        var changed = turn.rewritten
        for index in rollups.indices {
            var rows: [(day: PostgresDate, key: RowKey, row: RollupRow)] = []
            let accumulators = rollups[index].days.sorted { $0.key < $1.key }.map(\.value)
            for accumulator in accumulators {
                rows += await accumulator.dirtyRows().map { (accumulator.day, $0.key, $0.row) }
            }
            guard !rows.isEmpty else { continue }
            let late = rows.filter { rollups[index].seals.sealed.contains($0.day) }.map { (day: $0.day, key: $0.key) }
            try await recordAmendments(late, of: index, in: turn)
            if !late.isEmpty { try await pass(.flushAmendmentsRecorded) }
            let outcome = try await rollups[index].writer.write(rows, on: connection)
            try await pass(.flushRowsWritten)
            try await completeAmendments(late, of: index)
            for day in Set(rows.map(\.day)) {
                rollups[index].seals.noteRows(in: day)
                changed.insert(DayFileQueue.Day(rollup: rollups[index].id, day: day))
            }
            noteForFiles(rows, parked: outcome.parked.map { ($0.day, $0.key) }, of: index, in: &turn)
            try await park(outcome.parked, of: index)
            for accumulator in accumulators { await accumulator.flushed() }
            turn.rowsFlushed += outcome.written + outcome.deleted
        }
        try await DayFlushes.record(changed, flush: cursor.flush, on: connection)
    }

    private func park(_ keys: [(day: PostgresDate, key: RowKey, reason: String)], of index: Int) async throws {
        for (day, keys) in Dictionary(grouping: keys, by: \.day) {
            rollups[index].parked[day, default: []].formUnion(keys.map(\.key))
            await rollups[index].accumulator(for: day).park(keys.map(\.key))
            logger.warning(
                "keys parked: no row can hold them",
                metadata: [
                    "rollup": "\(rollups[index].rollup.name)", "day": "\(day)", "keys": "\(keys.count)",
                    "reason": "\(keys[0].reason)",
                ])
        }
    }

    /// After a flush: days outside the window are let go of, and all of them when memory holds too many rows.
    func letGoOfDays() async throws {
        for index in rollups.indices {
            let window = Set(rollups[index].window?.days ?? [])
            for day in rollups[index].days.keys where !window.contains(day) { rollups[index].days[day] = nil }
        }
        var total = 0
        for memory in rollups {
            for accumulator in memory.days.values { total += await accumulator.rowCount }
        }
        guard total > settings.limits.rows else { return }
        for memory in rollups {
            for accumulator in memory.days.values { await accumulator.evict() }
        }
    }

    /// Hands the changed rows to whoever watches. They are provisional until the flush has committed.
    func publishChanges(of turn: Turn) async {
        var publications: [Publication] = []
        for memory in rollups {
            for (day, accumulator) in memory.days.sorted(by: { $0.key < $1.key }) {
                let rows = await accumulator.takeUnpublished()
                guard announce != nil, !rows.isEmpty else { continue }
                publications.append(
                    Publication(
                        rollup: memory.rollup.name, day: day, asOf: turn.now, snapshot: turn.snapshot,
                        isProvisional: true,
                        rows: rows.map { Publication.Row(key: $0.key, row: $0.row) }
                    )
                )
            }
        }
        if !publications.isEmpty { await announce?(.changed(publications, flush: nextFlush(in: turn))) }
    }

    /// Tells that whole days are changed inside Postgres, by a turn that will flush.
    func announceRebuilt(_ days: [PostgresDate], of index: Int, in turn: Turn) async {
        guard !days.isEmpty else { return }
        await announce?(
            .rebuilt(rollup: rollups[index].rollup.name, days: days.sorted(), flush: nextFlush(in: turn))
        )
    }

    /// The flush that what the turn changes now will be committed with.
    private func nextFlush(in turn: Turn) -> Int64 {
        turn.hasFlushed ? cursor.flush : cursor.flush + 1
    }

    func report(_ turn: Turn) async {
        var rows = 0
        for memory in rollups {
            for accumulator in memory.days.values { rows += await accumulator.rowCount }
        }
        let daysInMemory = rollups.reduce(0) { $0 + $1.days.count }
        let daysToBuild = rollups.reduce(0) { $0 + $1.unbuilt.count }
        let hasDirtyRows = flushDue != nil
        observatory.update { status in
            status.turns += 1
            status.events += turn.events
            status.cursor = turn.snapshot
            status.lastTurnAt = turn.now
            status.rowsInMemory = rows
            status.daysInMemory = daysInMemory
            status.daysToBuild = daysToBuild
            if let oldest = turn.oldestEvent {
                status.publishLagSeconds =
                    Double(turn.now.microsecondsSince2000 - oldest.microsecondsSince2000) / 1_000_000
            }
            if turn.hasFlushed {
                status.flushes += 1
                status.rowsFlushed += turn.rowsFlushed
                status.lastFlushAt = turn.now
            }
            status.hasUnflushedRows = hasDirtyRows
        }
        if turn.rowsFlushed > 0 {
            logger.debug("flushed", metadata: ["rows": "\(turn.rowsFlushed)", "flush": "\(cursor.flush)"])
        }
    }
}
