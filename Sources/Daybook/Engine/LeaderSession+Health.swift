import Logging
import PostgresClient

/// What the engine looks after on its own, once in a health period.
extension LeaderSession {
    func checkHealth() async throws {
        try await maintainLog()
        try await watchTriggers()
        for index in rollups.indices {
            rollups[index].seals.tryPostponedAgain()
            rollups[index].recheck.merge(rollups[index].parkedChanges) { $0.union($1) }
            rollups[index].parkedChanges = [:]
        }
        if applied != cursor.position, flushDue == nil {
            // Nothing to write, but the cursor should not fall behind: a restart would read all that again.
            flushDue = .now
        }
        let gaps = try await connection.query(
            "SELECT count(*) FROM daybook.gaps WHERE state <> 'repaired'", cached: true)
        let openGaps = try gaps[0].decode(Int.self)
        observatory.update { $0.openGaps = openGaps }
    }

    /// Opens a gap for whatever has happened to the triggers, and restores those that `ENABLE TRIGGER USER` has demoted.
    private func watchTriggers() async throws {
        for change in try await TriggerWatch.look(on: connection) {
            logger.warning(
                "capture was tampered with",
                metadata: [
                    "source": "\(change.source)", "cause": "\(change.cause)",
                ])
        }
        let demoted = try await TriggerWatch.demoted(on: connection)
        guard !demoted.isEmpty else { return }
        do {
            for statement in demoted { try await withShortLocks { try await $0.execute(statement) } }
            _ = try await TriggerWatch.look(on: connection)
        } catch let error as PostgresError where error.sqlState == "55P03" || error.sqlState == "42501" {
            logger.warning("triggers could not be restored; run daybook install", metadata: ["because": "\(error)"])
        }
    }

    /// Creates the partitions of the days ahead and drops those past their retention, with a short wait for the locks:
    /// what cannot be had now is tried again in the next period.
    private func maintainLog() async throws {
        let row = try await connection.query("SELECT (clock_timestamp() AT TIME ZONE 'UTC')::date", cached: true)[0]
        let names = try await connection.query(
            """
            SELECT c.relname::text FROM pg_inherits AS i JOIN pg_class AS c ON c.oid = i.inhrelid
            WHERE i.inhparent = 'daybook.events'::regclass
            """,
            cached: true
        )
        let existing = Set(try names.compactMap { EventLogPartitions.day(ofPartition: try $0.decode(String.self)) })
        let partitions = EventLogPartitions(today: try row.decode(PostgresDate.self), existing: existing)
        do {
            for day in partitions.missing {
                try await withShortLocks { try await $0.execute(EventLogPartitions.createStatement(for: day)) }
                logger.info("event log partition created", metadata: ["day": "\(day)"])
            }
            for day in partitions.expired { try await drop(day) }
            try await lookForLostPartitions(existing, today: try row.decode(PostgresDate.self))
        } catch let error as PostgresError where error.sqlState == "55P03" {
            logger.info("event log partitions are in use; trying again later")
        }
    }

    /// Drops a partition, unless it has events that the stored cursor does not cover.
    private func drop(_ day: PostgresDate) async throws {
        let name = EventLogPartitions.name(of: day)
        let dropped = try await withShortLocks { connection in
            try await connection.execute("LOCK TABLE daybook.\(name) IN ACCESS EXCLUSIVE MODE")
            let pending = try await connection.query(
                """
                SELECT FROM daybook.\(name) AS e, daybook.cursor AS c
                WHERE NOT pg_visible_in_snapshot(e.xid, c.position) LIMIT 1
                """
            )
            guard pending.isEmpty else { return false }
            try await connection.execute("DROP TABLE daybook.\(name)")
            // Ids of flushes are remembered as long as the log reaches back.
            try await connection.query("DELETE FROM daybook.flushes WHERE flushed_at < $1::date + 1", [day])
            // A day that is not closed yet is remembered by its row.
            try await connection.query(
                """
                DELETE FROM daybook.day_flushes AS d
                WHERE d.flush < (SELECT coalesce(min(f.flush), 0) FROM daybook.flushes AS f)
                    AND EXISTS (SELECT FROM daybook.seals AS s WHERE s.rollup = d.rollup AND s.day = d.day)
                """
            )
            try await connection.query(
                "UPDATE daybook.cursor SET log_begins = greatest(log_begins, $1::date + 1)", [day]
            )
            return true
        }
        logger.info(
            dropped ? "event log partition dropped" : "event log partition still has uncounted events",
            metadata: [
                "day": "\(day)"
            ])
    }

    /// A partition that Daybook did not drop itself took events with it that nobody may have counted.
    private func lookForLostPartitions(_ existing: Set<PostgresDate>, today: PostgresDate) async throws {
        let begins = try await connection.query("SELECT log_begins FROM daybook.cursor", cached: true)[0].decode(
            PostgresDate.self)
        guard begins <= today,
            let lost = (0...begins.distance(to: today)).map(begins.advanced(by:)).first(where: {
                !existing.contains($0)
            })
        else { return }
        logger.error("the event log was pruned by somebody else", metadata: ["first_day": "\(lost)"])
        try await connection.withTransaction { connection in
            try await connection.query(
                "INSERT INTO daybook.gaps (cause, detail) VALUES ('log pruned', $1::text)",
                ["partition of \(lost) is missing"]
            )
            try await connection.query("UPDATE daybook.cursor SET log_begins = $1::date", [today])
        }
    }

    private func withShortLocks<Result: Sendable>(
        _ body: (PostgresConnection) async throws -> Result
    ) async throws -> Result {
        try await connection.withTransaction { connection in
            try await connection.execute("SET LOCAL lock_timeout = '100ms'")
            return try await body(connection)
        }
    }
}
