import Logging
import PostgresClient

/// Closing days, and what happens to a closed day that changes.
extension LeaderSession {
    /// Reads which days are closed, and which have rows and are not.
    func loadSeals(of index: Int) async throws {
        let memory = rollups[index]
        var schedule = SealSchedule()
        let seals = try await connection.query(
            "SELECT day, state, amended_at, last_amended_at FROM daybook.seals WHERE rollup = $1::integer", [memory.id]
        )
        for row in seals {
            let (day, state, first, last) = try row.decode(
                PostgresDate.self, String.self, PostgresTimestamp?.self, PostgresTimestamp?.self
            )
            schedule.noteSeal(of: day)
            if state == "amending", let first, let last { schedule.noteAmendment(of: day, first: first, last: last) }
        }
        rollups[index].seals = schedule
        guard memory.state != .unplanned else { return }
        // Rows got into the table by a flush or a build, or were there before Daybook: no need to look through all of it.
        let open = try await connection.query(
            """
            SELECT d.day FROM (
                SELECT day FROM daybook.day_flushes WHERE rollup = $1::integer
                UNION SELECT day FROM daybook.thinned WHERE rollup = $1::integer
            ) AS d
            WHERE NOT EXISTS (SELECT FROM daybook.seals AS s WHERE s.rollup = $1::integer AND s.day = d.day)
            """,
            [memory.id]
        )
        for row in open { rollups[index].seals.noteRows(in: try row.decode(PostgresDate.self)) }
    }

    /// The last day that is over, the seal hour included, in the rollup's zone.
    func lastEndedDay(of index: Int, now: PostgresTimestamp) async throws -> PostgresDate {
        guard let sealAt = settings.sealAt else { return .minusInfinity }
        let sealHour = sealAt.milliseconds * 1000
        let shifted = PostgresTimestamp(microsecondsSince2000: now.microsecondsSince2000 - sealHour)
        let zone = rollups[index].rollup.definition.timeZone
        let day = zone == "UTC" ? shifted.date : try await localDay(shifted, in: zone)
        return day.advanced(by: -1)
    }

    /// Days of a rollup that are to be sealed now.
    func sealsDue(now: PostgresTimestamp) async throws -> (index: Int, days: [PostgresDate])? {
        for index in rollups.indices where rollups[index].state == .built && !rollups[index].rederives {
            // What a repair finds in open days it simply replaces.
            if waiting.contains(where: { $0.concerns(rollups[index].rollup) }) { continue }
            let lastEnded = try await lastEndedDay(of: index, now: now)
            let days = rollups[index].seals.due(now: now, lastEnded: lastEnded)
            if !days.isEmpty { return (index, days) }
        }
        return nil
    }

    /// Audits days against their sources at this turn's snapshot, repairs what differs, and closes them: totals, digest and
    /// archive, in one commit with the flush. Late events of transactions still open amend them later.
    func seal(_ days: [PostgresDate], of index: Int, in turn: inout Turn) async throws {
        let started = ContinuousClock.now
        let unverifiable = Set(
            try await connection.query(
                "SELECT day FROM daybook.thinned WHERE rollup = $1::integer AND day = ANY ($2::date[])",
                [rollups[index].id, days]
            ).map { try $0.decode(PostgresDate.self) }
        )
        let verifiable = days.filter { !unverifiable.contains($0) }
        var audit = Repair(.seal)
        do {
            try await compare(verifiable, of: index, for: &audit, in: &turn)
        } catch let failure as SourceFailure {
            logger.error("days cannot be sealed", metadata: ["because": "\(failure)"])
            let (now, reason) = (turn.now, "\(failure)")
            observatory.update { status in
                status.lastSealAt = now
                status.sealFailure = reason
                status.audits.failed += 1
            }
            rollups[index].seals.postpone(days)
            return
        }
        try await pass(.sealCompared)
        let (now, isDifferent) = (turn.now, audit.total.different > 0)
        observatory.update { status in
            status.lastSealAt = now
            status.sealFailure = nil
            if isDifferent { status.audits.different += 1 } else { status.audits.equal += 1 }
        }
        try await flush(in: &turn)
        try await pass(.sealFlushed)
        for day in days {
            try await close(
                day, of: index, verified: !unverifiable.contains(day) && !audit.undecided.contains(day), in: &turn)
        }
        try await pass(.sealRecorded)
        if audit.total.different > 0 {
            try await connection.query(
                """
                INSERT INTO daybook.gaps
                    (rollup, cause, from_day, to_day, state, repaired_at, keys_examined, keys_rebuilt, milliseconds)
                VALUES ($1::text, 'drift', $2::date, $3::date, $4::text, CASE WHEN $4::text = 'repaired' THEN clock_timestamp() END, $5::bigint, $6::bigint, $7::bigint)
                """,
                [
                    rollups[index].rollup.name, days.first, days.last,
                    audit.undecided.isEmpty ? "repaired" : "undecided",
                    audit.total.keys, audit.total.repaired, started.duration(to: .now).milliseconds,
                ]
            )
        }
        logger.info(
            "days sealed",
            metadata: [
                "rollup": "\(rollups[index].rollup.name)", "from": "\(days.min() ?? turn.now.date)",
                "to": "\(days.max() ?? turn.now.date)", "days": "\(days.count)",
                "different": "\(audit.total.different)",
                "milliseconds": "\(started.duration(to: .now).milliseconds)",
            ])
    }

    /// The rows are read from the table, after the flush, in the same transaction: what is archived is what is stored.
    private func close(_ day: PostgresDate, of index: Int, verified: Bool, in turn: inout Turn) async throws {
        let memory = rollups[index]
        var rows: [(key: RowKey, row: RollupRow)] = []
        var digest = ContentDigest(day: day)
        var total = RollupRow.empty(sums: memory.rollup.sums.count, labels: 0)
        for row in try await connection.query(memory.table.loadDay, [day]) {
            let (key, value) = (memory.reader.key(row, at: 0), try memory.reader.row(row, from: 1))
            rows.append((key, value))
            digest.add(key, value)
            total.count += value.count
            for sum in total.sums.indices { total.sums[sum] += value.sums[sum] }
        }
        let known = try await connection.query(
            "SELECT revision, digest FROM daybook.seals WHERE rollup = $1::integer AND day = $2::date",
            [memory.id, day]
        ).first?.decode(Int.self, String.self)
        let revision = (known?.0 ?? 0) + 1
        let moment = SnapshotMoment(cursor: turn.snapshot, flush: cursor.flush, flushID: cursor.flushID)
        // Written and synced before the seal commits; the superseded one goes afterwards.
        var archive: SnapshotArchive?
        if let snapshots {
            archive = try await FileLane().run { [rows] in
                try snapshots.archive(memory.rollup, day: day, rows: rows, at: moment, revision: revision)
            }
        }
        if let superseded = known?.1, superseded != digest.hex { turn.superseded.append((index, day, superseded)) }
        try await pass(.sealArchived)
        let totals = zip(memory.rollup.sums, total.sums).map {
            "\(Breakdown.quoted($0.0.name)): \($0.0.text(ofUnits: $0.1))"
        }
        try await connection.query(
            """
            INSERT INTO daybook.seals AS s (rollup, day, revision, state, verified, rows, totals, digest, file, sealed_at)
            VALUES ($1::integer, $2::date, $3::integer, 'sealed', $4::boolean, $5::bigint, $6::text::jsonb, $7::text, $8::text,
                clock_timestamp())
            ON CONFLICT (rollup, day) DO UPDATE SET
                revision = EXCLUDED.revision, state = 'sealed', verified = EXCLUDED.verified, rows = EXCLUDED.rows,
                totals = EXCLUDED.totals, digest = EXCLUDED.digest, file = EXCLUDED.file, sealed_at = EXCLUDED.sealed_at,
                amended_at = NULL, last_amended_at = NULL
            """,
            [
                memory.id, day, revision, verified, rows.count,
                "{\((["\"count\": \(total.count)"] + totals).joined(separator: ", "))}",
                digest.hex, archive?.path,
            ]
        )
        rollups[index].seals.noteSeal(of: day)
        turn.sealed.insert(DayFileQueue.Day(rollup: memory.id, day: day))
    }

    /// Writes down what a flush is about to do to closed days: each key once a revision, with what it was.
    func recordAmendments(
        _ late: [(day: PostgresDate, key: RowKey)], of index: Int, in turn: Turn
    ) async throws {
        guard !late.isEmpty else { return }
        let memory = rollups[index]
        try await run(AmendmentQuery(memory.rollup, id: memory.id).before, on: late, of: memory)
        let days = Set(late.map(\.day)).sorted()
        try await connection.query(
            """
            UPDATE daybook.seals SET state = 'amending', amended_at = coalesce(amended_at, $3::timestamptz), last_amended_at = $3::timestamptz
            WHERE rollup = $1::integer AND day = ANY ($2::date[])
            """,
            [memory.id, days, turn.now], cached: true
        )
        for day in days { rollups[index].seals.noteAmendment(of: day, first: turn.now, last: turn.now) }
    }

    /// Completes what ``recordAmendments(_:of:in:)`` began, after the flush has written.
    func completeAmendments(_ late: [(day: PostgresDate, key: RowKey)], of index: Int) async throws {
        try await run(AmendmentQuery(rollups[index].rollup, id: rollups[index].id).after, on: late, of: rollups[index])
    }

    private func run(_ sql: String, on late: [(day: PostgresDate, key: RowKey)], of memory: RollupMemory) async throws {
        for start in stride(from: 0, to: late.count, by: FlushWriter.batchSize) {
            let batch = late[start..<min(start + FlushWriter.batchSize, late.count)]
            var keys = KeyColumns(dimensions: memory.rollup.dimensions.count)
            for (_, key) in batch { keys.append(key) }
            try await connection.query(sql, [batch.map(\.day)] + keys.parameters, cached: true)
        }
    }

    /// Archives that a committed seal has superseded.
    func removeSuperseded(_ turn: Turn) {
        for (index, day, digest) in turn.superseded {
            do {
                try snapshots?.removeArchive(rollups[index].rollup, day: day, digest: digest)
            } catch {
                logger.warning("a superseded archive could not be removed", metadata: ["because": "\(error)"])
            }
        }
    }
}
