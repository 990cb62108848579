import Logging
import PostgresClient

extension LeaderSession {
    /// When the cursor is of another database's history, its transaction ids and those in the event log mean nothing here.
    /// Starts a new history: the log is emptied, and every rollup is built anew from its sources.
    func adoptLineage() async throws {
        let here = try await Lineage.read(on: connection)
        let next = try await connection.query("SELECT pg_snapshot_xmax(pg_current_snapshot())")[0]
            .decode(PostgresTransactionID.self)
        guard let strangeness = cursor.strangeness(to: here, nextTransaction: next) else { return }
        logger.warning(
            "the cursor belongs to another history; rebuilding every rollup from its sources",
            metadata: [
                "because": "\(strangeness)"
            ])
        try await connection.withTransaction(.repeatableRead) { connection in
            let position = try await connection.query("SELECT pg_current_snapshot()")[0].decode(PostgresSnapshot.self)
            let claimed = try await connection.query(
                """
                UPDATE daybook.cursor
                SET (system_identifier, timeline, database_oid) = (SELECT \(Lineage.columns)), position = $1::pg_snapshot
                WHERE feed = 'main' AND epoch = $2::bigint RETURNING 1
                """,
                [position, cursor.epoch]
            )
            guard !claimed.isEmpty else { throw LeadershipLost() }
            // Events that this snapshot does not see are of the new history and stay.
            try await connection.query("DELETE FROM daybook.events")
            try await connection.query("SELECT setval(to_regclass('daybook.lookup_writes'), 0)")
            try await connection.query("DELETE FROM daybook.unbuilt")
            try await connection.query("DELETE FROM daybook.day_flushes")
            try await connection.query(
                "UPDATE daybook.rollups SET state = 'unplanned', built_at = NULL, follows = NULL, lacks = '{}'")
            try await connection.query(
                "INSERT INTO daybook.gaps (rollup, cause, detail, state) SELECT name, 'another history', $1::text, 'repairing' FROM daybook.rollups",
                [strangeness]
            )
            cursor.position = position
            cursor.lineage = here
        }
        applied = cursor.position
        for index in rollups.indices {
            rollups[index].state = .unplanned
            rollups[index].follows = false
        }
    }

    /// Loads what a restart needs: days to build, parked keys, and the window's rows as of the cursor.
    func load() async throws {
        // Repairs that an earlier leader did not finish.
        try await connection.query(
            "UPDATE daybook.gaps SET state = 'open' WHERE state = 'repairing' AND cause <> 'another history'"
        )
        for index in rollups.indices {
            let id = rollups[index].id
            let unbuilt = try await connection.query("SELECT day FROM daybook.unbuilt WHERE rollup = $1::integer", [id])
            rollups[index].unbuilt = Set(try unbuilt.map { try $0.decode(PostgresDate.self) })
            try await loadKept(of: index)
            try await loadSeals(of: index)
            let parked = try await connection.query(
                "SELECT day, key FROM daybook.parked WHERE rollup = $1::integer", [id])
            for row in parked {
                rollups[index].parked[try row.decode(PostgresDate.self, at: 0), default: []]
                    .insert(rollups[index].reader.key(row, at: 1))
            }
            // Changes that an earlier leader was deaf to may have made them fit.
            rollups[index].parkedChanges = rollups[index].parked
        }
        let now = try await connection.query("SELECT clock_timestamp()")[0].decode(PostgresTimestamp.self)
        let started = ContinuousClock.now
        try await rollOver(to: now, isStart: true)
        let seconds = started.duration(to: .now) / .seconds(1)
        observatory.update { status in
            status.loadSeconds = seconds
            status.isReady = true
        }
    }

    /// Brings the windows to the server's day: days that have come are loaded, those that have gone are let go of by the
    /// next flush.
    /// - Parameter isStart: nothing is in memory yet, so that it may come from files.
    func rollOver(to now: PostgresTimestamp, isStart: Bool = false) async throws {
        var wanted: [(index: Int, day: PostgresDate)] = []
        for index in rollups.indices {
            let zone = rollups[index].rollup.definition.timeZone
            let today = zone == "UTC" ? now.date : try await localDay(now, in: zone)
            guard rollups[index].window?.today != today else { continue }
            let (old, window) = (rollups[index].window, DayWindow(today: today))
            rollups[index].window = window
            for day in old?.days ?? [] where !window.days.contains(day) { files?.remove(fileDay(day, of: index)) }
            for day in window.days where rollups[index].isBuilt(day) {
                // What is here whole needs no reading again at midnight.
                if await rollups[index].days[day]?.isComplete != true { wanted.append((index, day)) }
            }
        }
        if isStart, snapshots != nil {
            try await loadFromFiles(wanted)
        } else {
            let reason = isStart ? "no snapshots are kept" : nil
            for (index, day) in wanted { try await loadDay(day, of: index, because: reason) }
        }
    }

    /// Reads a day's rows as of the last flush. What has been counted in memory since stays.
    /// - Parameter reason: why not from a file, for the log.
    func loadDay(_ day: PostgresDate, of index: Int, because reason: String? = nil) async throws {
        let started = ContinuousClock.now
        let memory = rollups[index]
        let accumulator =
            memory.days[day]
            ?? DayAccumulator(
                day: day, shape: memory.shape, parked: memory.parked[day] ?? [], isComplete: false
            )
        var count = 0
        try await connection.stream(memory.table.loadDay, [day]) { rows in
            while count <= settings.limits.rows, let batch = try await rows.next() {
                await accumulator.load(
                    try batch.map { (memory.reader.key($0, at: 0), try memory.reader.row($0, from: 1)) }
                )
                count += batch.count
            }
        }
        // A day of more rows than memory may hold is kept as a cache.
        if count <= settings.limits.rows { await accumulator.complete() }
        rollups[index].days[day] = accumulator
        logger.info(
            "day loaded",
            metadata: [
                "rollup": "\(memory.rollup.name)", "day": "\(day)", "rows": "\(count)", "from": "table",
                "because": "\(reason ?? "it is new in memory")",
                "milliseconds": "\(started.duration(to: .now).milliseconds)",
            ])
        observatory.update { $0.daysLoadedFromTables += 1 }
    }

    func localDay(_ now: PostgresTimestamp, in zone: String) async throws -> PostgresDate {
        try await connection.query(
            "SELECT ($1::timestamptz AT TIME ZONE $2::text)::date", [now, zone], cached: true
        )[0].decode(PostgresDate.self)
    }
}
