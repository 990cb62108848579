import Logging
import PostgresClient

/// The files of open days: kept up with what flushes have committed, and read at the start.
extension LeaderSession {
    func fileDay(_ day: PostgresDate, of index: Int) -> DayFileQueue.Day {
        DayFileQueue.Day(rollup: rollups[index].id, day: day)
    }

    /// Runs something with the files kept up beside it. They are up to date when it ends well.
    func keepingFiles(_ body: () async throws -> Void) async throws {
        guard let files else { return try await body() }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await files.run() }
            // When the body fails, the group is cancelled, and what waits is given up.
            try await body()
            files.finish()
            try await group.waitForAll()
        }
    }

    /// Notes rows that a flush is writing. Parked keys leave the day.
    func noteForFiles(
        _ rows: [(day: PostgresDate, key: RowKey, row: RollupRow)], parked: [(day: PostgresDate, key: RowKey)],
        of index: Int, in turn: inout Turn
    ) {
        guard files != nil else { return }
        let shape = rollups[index].shape
        for day in rollups[index].window?.days ?? [] {
            let name = fileDay(day, of: index)
            var changes: [RowKey: RollupRow] = [:]
            switch turn.fileChanges.removeValue(forKey: name) {
            case .everything:
                turn.fileChanges[name] = .everything
                continue
            case .rows(let earlier): changes = earlier
            case nil: break
            }
            for row in rows where row.day == day { changes[row.key] = row.row }
            let nothing = RollupRow.empty(shape)
            for key in parked where key.day == day { changes[key.key] = nothing }
            guard !changes.isEmpty else { continue }
            turn.fileChanges[name] = changes.count > DayFileQueue.changeLimit ? .everything : .rows(changes)
        }
    }

    /// Days that statements of this turn have written past the accumulators.
    func noteRewritten(_ days: [PostgresDate], of index: Int, in turn: inout Turn) {
        turn.rewritten.formUnion(days.map { fileDay($0, of: index) })
        guard files != nil else { return }
        for day in rollups[index].window?.days ?? [] where days.contains(day) {
            turn.fileChanges[fileDay(day, of: index)] = .everything
        }
    }

    /// Hands over what a turn's flush has committed. To be called before days are let go of.
    func updateFiles(after turn: Turn) async {
        guard let files else { return }
        let moment = SnapshotMoment(cursor: cursor.position, flush: cursor.flush, flushID: cursor.flushID)
        // A closed day has its archive.
        for day in turn.sealed { files.remove(day) }
        for (day, changes) in turn.fileChanges where !turn.sealed.contains(day) {
            if case .rows(let rows) = changes, files.change(day, rows, at: moment) { continue }
            let memory = rollups.first { $0.id == day.rollup }
            if let accumulator = memory?.days[day.day], await accumulator.isComplete {
                files.replace(day, rows: await accumulator.allRows(), at: moment)
            } else {
                files.remove(day)
            }
        }
    }

    /// Fills days from files that are their present, and all others from the rollup tables.
    ///
    /// For an open day that is a file of the last flush that changed it, or of a later one, by the random id that the
    /// database has of that flush. For a closed one it is the archive whose digest stands in the seal.
    func loadFromFiles(_ wanted: [(index: Int, day: PostgresDate)]) async throws {
        guard let snapshots else { return }
        let survey = try await surveyFiles(in: snapshots)
        try await pass(.startSurveyed)
        let wanted = wanted.map { (index: $0.index, day: $0.day, choice: survey.choice(fileDay($0.day, of: $0.index))) }
        let files = wanted.compactMap { index, day, choice -> (Int, PostgresDate, Rollup, DayFileChoice)? in
            guard !choice.isTable else { return nil }
            return (index, day, rollups[index].rollup, choice)
        }
        let (lanes, limit, logger) = ([FileLane(), FileLane()], settings.limits.rows, logger)
        var reasons: [DayFileQueue.Day: String] = [:]
        try await withThrowingTaskGroup(of: (Int, PostgresDate, DayFileChoice.Outcome).self) { group in
            for (number, (index, day, rollup, choice)) in files.enumerated() {
                group.addTask {
                    let outcome = await lanes[number % lanes.count].run {
                        choice.load(rollup, day: day, limit: limit, from: snapshots, logger: logger)
                    }
                    return (index, day, outcome)
                }
            }
            for try await (index, day, outcome) in group {
                switch outcome {
                case .rows(let content): await take(content, as: day, of: index)
                case .refused(let reason): reasons[fileDay(day, of: index)] = reason
                }
            }
        }
        for (index, day, choice) in wanted where rollups[index].days[day] == nil {
            let reason = reasons[fileDay(day, of: index)] ?? choice.reason
            try await loadDay(day, of: index, because: reason)
            await writeFile(of: day, of: index, by: survey)
        }
        try await pass(.startLoaded)
    }

    private func take(_ content: DayFileChoice.Content, as day: PostgresDate, of index: Int) async {
        let memory = rollups[index]
        let accumulator = DayAccumulator(
            day: day, shape: memory.shape, parked: memory.parked[day] ?? [], isComplete: false
        )
        await accumulator.fill(content.rows)
        rollups[index].days[day] = accumulator
        if !content.isArchive { files?.found(fileDay(day, of: index), at: content.stamp.moment) }
        logger.info(
            "day loaded",
            metadata: [
                "rollup": "\(memory.rollup.name)", "day": "\(day)", "rows": "\(content.rows.count)",
                "from": content.isArchive ? "archive" : "file",
                "because": content.isArchive
                    ? "its digest stands in the seal" : "the database vouches for flush \(content.stamp.flush)",
                "milliseconds": "\(content.duration.milliseconds)",
            ])
        observatory.update { $0.daysLoadedFromFiles += 1 }
    }

    /// What was read from the table equals the last flush, so that a file of it can be written at once.
    private func writeFile(of day: PostgresDate, of index: Int, by survey: DayFileSurvey) async {
        let name = fileDay(day, of: index)
        guard let files, !survey.isClosed(name), let id = survey.lastFlushID, survey.hasChange(of: name),
            let accumulator = rollups[index].days[day], await accumulator.isComplete
        else { return }
        let moment = SnapshotMoment(cursor: cursor.position, flush: cursor.flush, flushID: id)
        files.replace(name, rows: await accumulator.allRows(), at: moment)
    }

    /// Looks at the stamps of all open days' files, asks the database about them, and clears away what is none of a day at
    /// hand.
    private func surveyFiles(in store: SnapshotStore) async throws -> DayFileSurvey {
        let lane = FileLane()
        let logger = logger
        do {
            let left = try await lane.run { try store.removeLeftovers() }
            if left > 0 { logger.info("half-written day files removed", metadata: ["files": "\(left)"]) }
        } catch {
            logger.warning("half-written day files could not be removed", metadata: ["because": "\(error)"])
        }
        var survey = DayFileSurvey()
        for memory in rollups {
            let rollup = memory.rollup
            let found: [DayFileFinding]
            do {
                found = try await lane.run { try store.openDays(of: rollup) }
            } catch {
                logger.warning("day files cannot be listed", metadata: ["because": "\(error)"])
                continue
            }
            let window = memory.window?.days ?? []
            let known = try await DayFlushes.read(
                rollup: memory.id, days: window, flushes: found.compactMap { $0.stamp?.flush } + [cursor.flush],
                on: connection
            )
            let seals = try await connection.query(
                """
                SELECT day, digest FROM daybook.seals
                WHERE rollup = $1::integer AND day = ANY ($2::date[]) AND state = 'sealed' AND file IS NOT NULL
                """,
                [memory.id, window]
            )
            survey.lastFlushID = known.id(ofFlush: cursor.flush)
            for day in window { survey.note(DayFileQueue.Day(rollup: memory.id, day: day), known) }
            for row in seals {
                let (day, digest) = try row.decode(PostgresDate.self, String.self)
                survey.noteSeal(of: DayFileQueue.Day(rollup: memory.id, day: day), digest: digest)
            }
            for finding in found {
                let fate = survey.judge(
                    finding, as: DayFileQueue.Day(rollup: memory.id, day: finding.day), by: known,
                    isAtHand: window.contains(finding.day)
                )
                await lane.run { fate.carryOut(on: finding, of: rollup, in: store, logger: logger) }
            }
        }
        return survey
    }
}
