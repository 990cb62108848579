import PostgresClient

extension DoctorCheck {
    /// Without a partition for the day, capture fails open into a gap.
    static let eventLogPartitions = DoctorCheck("event-log-partitions", needs: .feed) { examination, findings in
        let partitions = try await EventLogState.read(for: examination)
        let missing = partitions.missing.filter { $0 >= partitions.today }
        guard let first = missing.first, first < partitions.today.advanced(by: examination.limits.daysAhead) else {
            return
        }
        findings.add(
            first == partitions.today ? .error : .warning, "daybook.events",
            "There is no partition for \(first)\(first == partitions.today ? ", today: nothing is captured" : "").",
            remedy: "Start the daemon (`daybook run`), which makes them, or run `daybook install`."
        )
    }

    /// Rows in a default partition are never dropped, and keep others from being made.
    static let eventLogDefaultPartition = DoctorCheck("event-log-default-partition", needs: .feed) {
        examination, findings in
        let rows = try await examination.connection.query(
            """
            SELECT partdefid::regclass::text FROM pg_partitioned_table
            WHERE partrelid = to_regclass('daybook.events') AND partdefid <> 0
            """)
        for row in rows {
            let name = try row.decode(String.self)
            findings.add(
                .warning, name, "The event log has a default partition: what falls into it stays for ever.",
                remedy: "ALTER TABLE daybook.events DETACH PARTITION \(name);")
        }
    }

    static let eventLogRetention = DoctorCheck("event-log-retention", needs: .feed) { examination, findings in
        let partitions = try await EventLogState.read(for: examination)
        guard let oldest = partitions.expired.first else { return }
        findings.add(
            .warning, "daybook.events",
            "\(partitions.expired.count) of its partitions are past their \(FeedSchema.retentionDays) days, the "
                + "oldest of "
                + "\(oldest).",
            remedy:
                "Let the daemon run (`daybook run`); if it does, look for transactions that hold the log "
                + "(long-transaction)."
        )
    }

    static let eventLogSize = DoctorCheck("event-log-size", needs: .feed) { examination, findings in
        let bytes = try await examination.connection.query(
            """
            SELECT coalesce(sum(pg_total_relation_size(inhrelid)), 0)::bigint FROM pg_inherits
            WHERE inhparent = to_regclass('daybook.events')
            """)[0].decode(Int64.self)
        guard bytes > examination.limits.eventLogBytes else { return }
        findings.add(
            .warning, "daybook.events", "The event log takes \(bytes >> 20) MiB.",
            remedy: "See that the daemon keeps up; days older than \(FeedSchema.retentionDays) are dropped by it."
        )
    }
}

/// The days for which the event log has partitions, attached ones only.
enum EventLogState {
    static func read(
        for examination: DoctorExamination
    ) async throws -> (today: PostgresDate, missing: [PostgresDate], expired: [PostgresDate]) {
        let today = try await examination.connection.query("SELECT (clock_timestamp() AT TIME ZONE 'UTC')::date")[0]
            .decode(PostgresDate.self)
        let names = try await examination.connection.query(
            """
            SELECT c.relname::text FROM pg_inherits AS i JOIN pg_class AS c ON c.oid = i.inhrelid
            WHERE i.inhparent = to_regclass('daybook.events')
            """)
        let existing = Set(try names.compactMap { EventLogPartitions.day(ofPartition: try $0.decode(String.self)) })
        let partitions = EventLogPartitions(today: today, existing: existing)
        return (today, partitions.missing, partitions.expired)
    }
}
