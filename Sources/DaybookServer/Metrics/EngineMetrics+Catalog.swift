extension EngineMetrics {
    /// Every metric of Daybook's own, for ``PrometheusRegistry/init(_:seriesLimit:)``.
    public static let catalog: [MetricDescription] = [
        .init(
            "daybook_ready", .gauge, help: "1 if this process is ready: it leads and has loaded its rows, or stands by."
        ),
        .init("daybook_leader", .gauge, help: "1 if this process leads, which is to say counts and writes."),
        .init(
            "daybook_feed_lag_seconds", .gauge, help: "Age of the oldest event when the rows it changed were published."
        ),
        .init(
            "daybook_freshness_seconds", .histogram(buckets: freshnessBuckets),
            help:
                "From an event's commit until its rows were published (stage published) or in their table (stage flushed)."
        ),
        .init("daybook_events_total", .counter, help: "Events counted."),
        .init("daybook_turns_total", .counter, help: "Turns of the engine."),
        .init("daybook_flushes_total", .counter, help: "Flushes committed."),
        .init("daybook_flush_rows_total", .counter, help: "Rows written by flushes."),
        .init(
            "daybook_flush_seconds", .histogram(buckets: flushBuckets),
            help: "How long a flush took, its commit included."),
        .init("daybook_flush_pending", .gauge, help: "1 if rows have changed that are not in their table yet."),
        .init("daybook_rows_in_memory", .gauge, help: "Rollup rows in memory."),
        .init("daybook_days_in_memory", .gauge, help: "Rollup-days in memory."),
        .init("daybook_memory_bytes", .gauge, help: "Resident memory of the process."),
        .init("daybook_gaps_open", .gauge, help: "Gaps that are not repaired: suspicions that events were missed."),
        .init("daybook_audits_total", .counter, help: "Audits of a rollup-day against its sources, by result."),
        .init("daybook_subscribers", .gauge, help: "Open streams."),
        .init(
            "daybook_retractions_settled_total", .counter,
            help:
                "Keys whose extremes or sets were read from the sources, because something went that may have been among them."
        ),
        .init("daybook_reconnects_total", .counter, help: "Sessions with the database that were lost and begun anew."),
        .init(
            "daybook_job_last_success_timestamp_seconds", .gauge,
            help: "When a job last succeeded, in seconds since 1970. There is none before the first time."),
        .init("daybook_job_failed", .gauge, help: "1 if the last run of a job failed."),
        .init(
            "daybook_access_keys_stale", .gauge,
            help: "1 if the key file has become unusable, so that the keys before it are still in force."),
    ]

    /// Close together around what is promised: 30 ms at the median, 150 ms at the 99th percentile, a flush each second.
    static let freshnessBuckets: [Double] = [
        0.0025, 0.005, 0.01, 0.02, 0.03, 0.05, 0.1, 0.15, 0.25, 0.5, 1, 1.5, 2.5, 5, 10, 30, 60, 300,
    ]
    static let flushBuckets: [Double] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]
}
