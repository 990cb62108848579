import Logging
import PostgresClient

/// What a rollup needs whose definition has changed while it had rows.
extension LeaderSession {
    /// Days whose rows stay count on from the first turn, and derived columns are looked after.
    func loadKept(of index: Int) async throws {
        let memory = rollups[index]
        rollups[index].rederives =
            try await connection.query(
                """
                SELECT r.rederives OR EXISTS (SELECT FROM daybook.underived AS u WHERE u.rollup = r.id)
                FROM daybook.rollups AS r WHERE r.id = $1::integer
                """,
                [memory.id]
            ).first?.decode(Bool.self) ?? false
        guard memory.follows, memory.state == .unplanned else { return }
        let days = try await connection.query(
            """
            SELECT DISTINCT t.day FROM daybook.thinned AS t
            WHERE t.rollup = $1::integer AND t.day IN (SELECT r.day FROM \(memory.rollup.table.sql) AS r)
            """,
            [memory.id]
        )
        rollups[index].kept = Set(try days.map { try $0.decode(PostgresDate.self) })
    }

    /// Writes down which days are to be computed again: every day that the sources have, and every day that has rows. Under
    /// the definition before, the rows were what the sources said; a day of which they say nothing now is to be empty.
    func planAgain(_ index: Int, in turn: inout Turn) async throws {
        let memory = rollups[index]
        let kept = memory.kept.sorted()
        let days = try await SessionSettings.readingSources(on: connection) {
            try await connection.query(
                """
                INSERT INTO daybook.unbuilt (rollup, day, source_rows)
                SELECT \(memory.id), q.day, max(q.source_rows)
                FROM (
                    \(memory.source.daysWithCounts())
                    UNION ALL SELECT r.day, 0 FROM \(memory.rollup.table.sql) AS r GROUP BY r.day
                ) AS q
                WHERE q.day <> ALL ($1::date[])
                GROUP BY q.day RETURNING day
                """,
                [kept])
        }
        try await connection.query(
            "DELETE FROM daybook.parked WHERE rollup = \(memory.id) AND day <> ALL ($1::date[])", [kept])
        try await DayFlushes.revoke(rollup: memory.id, on: connection)
        try await connection.query(
            """
            WITH asked AS (
                UPDATE daybook.rollups SET rederives = false WHERE id = \(memory.id) AND rederives RETURNING id
            )
            INSERT INTO daybook.underived (rollup, day, rows)
            SELECT asked.id, r.day, count(*) FROM asked, \(memory.rollup.table.sql) AS r
            WHERE r.day = ANY ($1::date[]) GROUP BY asked.id, r.day
            """,
            [kept])
        try await connection.query("UPDATE daybook.rollups SET state = 'building' WHERE id = \(memory.id)")
        rollups[index].unbuilt = Set(try days.map { try $0.decode(PostgresDate.self) })
        rollups[index].state = .building
        rollups[index].parked = memory.parked.filter { memory.kept.contains($0.key) }
        rollups[index].days = rollups[index].days.filter { memory.kept.contains($0.key) }
        rollups[index].kept = []
        for day in kept { rollups[index].seals.noteRows(in: day) }
        try await beginBuilding(index, in: &turn)
    }

    /// Days that could not be computed again after all.
    func markAsIncomplete(_ days: Set<PostgresDate>, of index: Int) async throws {
        try await connection.query(
            """
            INSERT INTO daybook.incomplete (rollup, day, column_name, lack)
            SELECT r.id, u.day, l.key, l.value
            FROM daybook.rollups AS r, jsonb_each_text(r.lacks) AS l, unnest($2::date[]) AS u(day)
            WHERE r.id = $1::integer
            ON CONFLICT DO NOTHING
            """,
            [rollups[index].id, days.sorted()])
    }

    /// The next days whose derived columns are those of the definition before. Rows of days that were computed from their
    /// sources have the present ones, and so has every row that is flushed.
    func rederive(_ index: Int, in turn: inout Turn) async throws {
        let memory = rollups[index]
        turn.mustFlush = true
        try await connection.query(
            """
            WITH asked AS (
                UPDATE daybook.rollups SET rederives = false WHERE id = \(memory.id) AND rederives RETURNING id
            )
            INSERT INTO daybook.underived (rollup, day, rows)
            SELECT asked.id, r.day, count(*) FROM asked, \(memory.rollup.table.sql) AS r GROUP BY asked.id, r.day
            ON CONFLICT DO NOTHING
            """)
        var counts: [PostgresDate: Int64] = [:]
        for row in try await connection.query("SELECT day, rows FROM daybook.underived WHERE rollup = \(memory.id)") {
            let (day, rows) = try row.decode(PostgresDate.self, Int64.self)
            counts[day] = rows
        }
        let days = DayChunks.next(of: counts)
        guard !days.isEmpty, let statement = memory.table.rederive else {
            rollups[index].rederives = false
            return
        }
        do {
            try await SessionSettings.readingSources(on: connection) {
                _ = try await connection.query(statement, [days])
            }
        } catch let failure as SourceFailure {
            try await leaveUnderived(days, of: memory, because: failure)
        }
        try await connection.query(
            "DELETE FROM daybook.underived WHERE rollup = \(memory.id) AND day = ANY ($1::date[])", [days])
        noteRewritten(days, of: index, in: &turn)
        await announceRebuilt(days, of: index, in: turn)
        logger.info(
            "derived columns computed anew",
            metadata: [
                "rollup": "\(memory.rollup.name)", "days": "\(days.count)", "left": "\(counts.count - days.count)",
            ])
    }

    private func leaveUnderived(
        _ days: [PostgresDate], of memory: RollupMemory, because failure: SourceFailure
    ) async throws {
        logger.error(
            "derived columns stay as they were computed before", metadata: ["because": "\(failure.underlying)"])
        try await connection.query(
            """
            INSERT INTO daybook.incomplete (rollup, day, column_name, lack)
            SELECT $1::integer, u.day, c.name, 'redefined' FROM unnest($2::date[]) AS u(day), unnest($3::text[]) AS c(name)
            ON CONFLICT DO NOTHING
            """,
            [memory.id, days, memory.rollup.derived.map(\.name)])
    }

    /// Where source rows are known to be gone, the sources are not asked what is impossible: it comes from changes of rows
    /// that an earlier definition has counted, and what is left of it stays.
    /// - Returns: the keys of all other days.
    func leavingThinnedDays(
        _ keys: [PostgresDate: Set<RowKey>], of index: Int
    ) async throws -> [PostgresDate: Set<RowKey>] {
        guard !keys.isEmpty else { return keys }
        let thinned = try await connection.query(
            "SELECT DISTINCT day FROM daybook.thinned WHERE rollup = $1::integer AND day = ANY ($2::date[])",
            [rollups[index].id, keys.keys.sorted()], cached: true
        ).map { try $0.decode(PostgresDate.self) }
        for day in thinned { await rollups[index].accumulator(for: day).curb(keys[day] ?? []) }
        return keys.filter { !thinned.contains($0.key) }
    }
}
