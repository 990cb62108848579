import Logging
import PostgresClient

/// What the engine does besides counting events: building days, repairing gaps. One bounded piece in each turn.
extension LeaderSession {
    /// Whether there is a piece to do.
    func findWork(_ glance: FeedReader.Glance) async throws -> Bool {
        if repair == nil, backfill == nil, rollups.allSatisfy({ $0.state == .built }) {
            if glance.openRequests {
                try await beginRequest()
            } else if let index = waiting.firstIndex(where: { $0.awaited.allSatisfy(glance.snapshot.sees) }) {
                repair = waiting.remove(at: index)
            } else if glance.openGaps, gapsDue <= .now {
                try await takeOnGaps()
            }
        }
        guard workDue <= .now else { return false }
        if repair == nil, backfill == nil { sealing = try await sealsDue(now: glance.now) }
        if repair == nil, backfill == nil, sealing == nil { shadowing = try await shadowsDue(now: glance.now) }
        return repair != nil || backfill != nil || sealing != nil || shadowing != nil || restoring != nil
            || rollups.contains { $0.state != .built || !$0.recheck.isEmpty || $0.rederives }
    }

    private func takeOnGaps() async throws {
        let taken = try await Repair.ofOldestGaps(
            epoch: cursor.epoch, except: waiting.compactMap(\.source), on: connection)
        guard let taken else {
            // Gaps of a source whose triggers do not all fire stay open: no need to ask at every poll.
            gapsDue = .now.advanced(by: settings.healthPeriod)
            return
        }
        if taken.awaited.isEmpty { repair = taken } else { waiting.append(taken) }
        try await pass(.repairTaken)
    }

    /// Does the next piece, at the turn's snapshot.
    func doWork(in turn: inout Turn) async throws {
        guard workDue <= .now else { return }
        do {
            try await doNextPiece(in: &turn)
        } catch let failure as SourceFailure {
            try await giveUp(because: failure, in: &turn)
        }
    }

    private func doNextPiece(in turn: inout Turn) async throws {
        for index in rollups.indices where !rollups[index].recheck.isEmpty {
            let keys = rollups[index].recheck
            rollups[index].recheck = [:]
            try await rebuild(keys, of: index, in: &turn)
        }
        if let index = rollups.firstIndex(where: { $0.state == .unplanned }) {
            try await plan(index, in: &turn)
        } else if let index = rollups.firstIndex(where: { $0.state == .building }) {
            try await build(index, in: &turn)
        } else if let index = rollups.firstIndex(where: \.rederives) {
            try await rederive(index, in: &turn)
        } else if repair != nil {
            try await continueRepair(in: &turn)
        } else if let request = restoring {
            restoring = nil
            if let day = request.range?.lowerBound { try await restore(day, for: request, in: &turn) }
        } else if let (index, days) = sealing {
            sealing = nil
            try await seal(days, of: index, in: &turn)
        } else if let (index, days) = shadowing {
            shadowing = nil
            try await compareShadow(days, of: index, in: turn)
        }
        if backfill != nil { try await continueBackfill(in: &turn) }
    }

    /// What cannot be done now is written down, and tried again later or left to an operator. The feed goes on.
    private func giveUp(because failure: SourceFailure, in turn: inout Turn) async throws {
        var generator = SystemRandomNumberGenerator()
        logger.error("\(failure)")
        workDue = .now.advanced(by: settings.healthPeriod)
        if let backfill {
            try await backfill.request.finish(failure: "\(failure)", on: connection)
            self.backfill = nil
        } else if let repair {
            switch repair.origin {
            case .seal: break
            case .request(let request): try await request.finish(failure: "\(failure)", on: connection)
            case .gaps(_, let ids):
                // They stay open: the row that is in the way may be mended. Ever less often, as each attempt reads much.
                try await connection.query(
                    "UPDATE daybook.gaps SET state = 'open', detail = left($2::text, 500) WHERE id = ANY ($1::bigint[])",
                    [ids, "\(failure)"]
                )
                gapsDue = .now.advanced(by: gapBackoff.ceiling)
                _ = gapBackoff.next(using: &generator)
            }
            self.repair = nil
        }
        turn.mustFlush = true
    }

    /// Writes down which days the sources have. All others are complete as they stand: at this snapshot nothing happened
    /// in them.
    private func plan(_ index: Int, in turn: inout Turn) async throws {
        if rollups[index].follows { return try await planAgain(index, in: &turn) }
        let memory = rollups[index]
        let counts = try await SessionSettings.readingSources(on: connection) {
            try await connection.query(
                "INSERT INTO daybook.unbuilt (rollup, day, source_rows) SELECT \(memory.id), q.* FROM (\(memory.source.daysWithCounts())) AS q RETURNING day"
            )
        }
        // Rows from before Daybook whose source rows are gone are history that nobody can compute again.
        try await connection.query(
            """
            INSERT INTO daybook.thinned (rollup, day, reason)
            SELECT \(memory.id), r.day, 'no source rows when the rollup was first built'
            FROM \(memory.rollup.table.sql) AS r
            WHERE NOT EXISTS (SELECT FROM daybook.unbuilt AS u WHERE u.rollup = \(memory.id) AND u.day = r.day)
              AND NOT EXISTS (SELECT FROM daybook.thinned AS t WHERE t.rollup = \(memory.id) AND t.day = r.day)
            GROUP BY r.day
            """
        )
        try await connection.query("DELETE FROM daybook.parked WHERE rollup = \(memory.id)")
        try await DayFlushes.revoke(rollup: memory.id, on: connection)
        try await connection.query("UPDATE daybook.rollups SET state = 'building' WHERE id = \(memory.id)")
        rollups[index].unbuilt = Set(try counts.map { try $0.decode(PostgresDate.self) })
        rollups[index].state = .building
        rollups[index].parked = [:]
        rollups[index].days = [:]
        try await beginBuilding(index, in: &turn)
    }

    /// What every plan ends with.
    func beginBuilding(_ index: Int, in turn: inout Turn) async throws {
        for day in rollups[index].window?.days ?? [] where rollups[index].isBuilt(day) {
            try await loadDay(day, of: index)
        }
        turn.mustFlush = true
        try await pass(.buildPlanned)
        logger.info(
            "building from the sources",
            metadata: [
                "rollup": "\(rollups[index].rollup.name)", "days": "\(rollups[index].unbuilt.count)",
            ])
    }

    /// Computes the next days inside Postgres, at the turn's snapshot: from here on their events count.
    private func build(_ index: Int, in turn: inout Turn) async throws {
        let memory = rollups[index]
        turn.mustFlush = true
        var counts: [PostgresDate: Int64] = [:]
        for row in try await connection.query(
            "SELECT day, source_rows FROM daybook.unbuilt WHERE rollup = \(memory.id)")
        {
            let (day, count) = try row.decode(PostgresDate.self, Int64.self)
            counts[day] = count
        }
        let chunk = DayChunks.next(of: counts)
        guard let first = chunk.min(), let last = chunk.max() else { return try await finishBuilding(index) }
        let days = try await daysToCompute(among: chunk, of: index)
        let started = ContinuousClock.now
        let others = try await RollupTable.otherColumns(of: memory.rollup, on: connection)
        let stored = try await SessionSettings.readingSources(on: connection) {
            for statement in memory.table.clear(memory.source, keeping: others) {
                try await connection.query(statement, [first, last, days])
            }
            return try await fill(days, from: first, to: last, of: memory, keeping: others)
        }
        try await connection.query(
            "DELETE FROM daybook.unbuilt WHERE rollup = \(memory.id) AND day = ANY ($1::date[])", [chunk]
        )
        rollups[index].unbuilt.subtract(chunk)
        backfill?.rows += stored.0
        if stored.1 > 0 { try await reloadParked(days, of: index) }
        try await pass(.buildDone)
        noteRewritten(days, of: index, in: &turn)
        try await noteBuilt(days, of: index, in: turn)
        await announceRebuilt(days, of: index, in: turn)
        for day in days { rollups[index].days[day] = nil }
        for day in memory.window?.days ?? [] where days.contains(day) { try await loadDay(day, of: index) }
        logger.info(
            "days built",
            metadata: [
                "rollup": "\(memory.rollup.name)", "from": "\(first)", "to": "\(last)", "days": "\(days.count)",
                "rows": "\(stored.0)", "parked": "\(stored.1)", "left": "\(rollups[index].unbuilt.count)",
                "milliseconds": "\(started.duration(to: .now).milliseconds)",
            ])
    }

    /// Most days have no row that cannot be stored, and judging each costs as much as storing it: that is for days on which
    /// storing has failed.
    /// - Returns: rows stored, rows parked.
    private func fill(
        _ days: [PostgresDate], from first: PostgresDate, to last: PostgresDate, of memory: RollupMemory,
        keeping others: [RollupTable.OtherColumn]
    ) async throws -> (Int, Int) {
        let parameters: [any PostgresEncodable] = [first, last, days]
        try await connection.execute("SAVEPOINT daybook_fill")
        do {
            let row = try await connection.query(memory.table.fill(memory.source, keeping: others), parameters)[0]
            let (stored, isRefused) = try row.decode(Int.self, Bool.self)
            if !isRefused {
                try await connection.execute("RELEASE SAVEPOINT daybook_fill")
                return (stored, 0)
            }
        } catch let error as PostgresError where StorageRule.isRefusal(error) {}
        try await connection.execute("ROLLBACK TO SAVEPOINT daybook_fill; RELEASE SAVEPOINT daybook_fill")
        return try await connection.query(memory.table.fillAndPark(memory.source, keeping: others), parameters)[0]
            .decode(Int.self, Int.self)
    }

    /// All of them but those that retention has thinned since they were chosen: what their rows say is more than what is
    /// left of their sources.
    private func daysToCompute(among days: [PostgresDate], of index: Int) async throws -> [PostgresDate] {
        let memory = rollups[index]
        let rows = try await connection.query(
            """
            SELECT DISTINCT t.day FROM daybook.thinned AS t
            WHERE t.rollup = \(memory.id) AND t.day = ANY ($1::date[])
              AND EXISTS (SELECT FROM \(memory.rollup.table.sql) AS r WHERE r.day = t.day)
            """,
            [days]
        )
        let thinned = Set(try rows.map { try $0.decode(PostgresDate.self) })
        if let first = thinned.min() {
            logger.warning(
                "days keep their rows: retention has removed source rows while they waited to be computed",
                metadata: ["rollup": "\(memory.rollup.name)", "days": "\(thinned.count)", "first": "\(first)"]
            )
            try await markAsIncomplete(thinned, of: index)
        }
        return days.filter { !thinned.contains($0) }
    }

    /// A closed day that was computed anew is due to be closed again at once.
    func noteBuilt(_ days: [PostgresDate], of index: Int, in turn: Turn) async throws {
        let sealed = rollups[index].seals.sealed
        let longAgo = PostgresTimestamp(
            microsecondsSince2000: turn.now.microsecondsSince2000 - SealSchedule.longest
        )
        try await connection.query(
            """
            UPDATE daybook.seals SET state = 'amending', amended_at = $3::timestamptz, last_amended_at = $3::timestamptz
            WHERE rollup = $1::integer AND day = ANY ($2::date[])
            """,
            [rollups[index].id, days, longAgo]
        )
        for day in days {
            rollups[index].seals.noteRows(in: day)
            if sealed.contains(day) { rollups[index].seals.noteAmendment(of: day, first: longAgo, last: longAgo) }
        }
    }

    private func finishBuilding(_ index: Int) async throws {
        try await connection.query(
            """
            UPDATE daybook.rollups SET state = 'built', built_at = clock_timestamp(), follows = NULL, lacks = '{}'
            WHERE id = \(rollups[index].id)
            """
        )
        rollups[index].follows = false
        try await connection.query(
            """
            UPDATE daybook.gaps SET state = 'repaired', repaired_at = clock_timestamp()
            WHERE rollup = $1::text AND cause = 'another history' AND state = 'repairing'
            """,
            [rollups[index].rollup.name]
        )
        rollups[index].state = .built
        logger.info("built", metadata: ["rollup": "\(rollups[index].rollup.name)"])
    }

    private func reloadParked(_ days: [PostgresDate], of index: Int) async throws {
        for day in days { rollups[index].parked[day] = nil }
        let rows = try await connection.query(
            "SELECT day, key FROM daybook.parked WHERE rollup = \(rollups[index].id) AND day = ANY ($1::date[])", [days]
        )
        for row in rows {
            rollups[index].parked[try row.decode(PostgresDate.self, at: 0), default: []]
                .insert(rollups[index].reader.key(row, at: 1))
        }
    }
}
