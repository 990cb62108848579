public import CoreMetrics
import Synchronization

/// Daybook's own metrics. States and totals come from an ``EngineReading``, best taken when somebody asks for the metrics; what has a
/// distribution is observed when it happens.
public final class EngineMetrics: Sendable {
    /// Up to where an event has come.
    public enum Stage: String, Sendable, CaseIterable {
        case published, flushed
    }

    public static let maximumJobs = 32

    private struct Jobs {
        var success: [String: Gauge] = [:]
        var failed: [String: Gauge] = [:]
    }

    private struct State {
        var last = EngineReading()
        var jobs = Jobs()
    }

    private let factory: any MetricsFactory
    private let state = Mutex(State())
    private let freshness: [Stage: Recorder]
    private let flushSeconds: Recorder
    private let counters: [(total: @Sendable (EngineReading) -> Int, counter: Counter)]
    private let gauges: [(value: @Sendable (EngineReading) -> Double?, gauge: Gauge)]

    /// Makes all metrics but those of jobs at once, so that they are there from the first scrape.
    public init(factory: any MetricsFactory) {
        self.factory = factory
        freshness = Dictionary(
            uniqueKeysWithValues: Stage.allCases.map { stage in
                (
                    stage,
                    Recorder(
                        label: "daybook_freshness_seconds", dimensions: [("stage", stage.rawValue)], aggregate: true,
                        factory: factory)
                )
            })
        flushSeconds = Recorder(label: "daybook_flush_seconds", aggregate: true, factory: factory)
        func counter(
            _ name: String, _ dimensions: [(String, String)] = [], _ total: @escaping @Sendable (EngineReading) -> Int
        ) -> (@Sendable (EngineReading) -> Int, Counter) {
            (total, Counter(label: name, dimensions: dimensions, factory: factory))
        }
        counters = [
            counter("daybook_events_total") { $0.events },
            counter("daybook_turns_total") { $0.turns },
            counter("daybook_flushes_total") { $0.flushes },
            counter("daybook_flush_rows_total") { $0.rowsFlushed },
            counter("daybook_retractions_settled_total") { $0.retractionsSettled },
            counter("daybook_reconnects_total") { $0.reconnects },
            counter("daybook_audits_total", [("result", "equal")]) { $0.audits.equal },
            counter("daybook_audits_total", [("result", "different")]) { $0.audits.different },
            counter("daybook_audits_total", [("result", "failed")]) { $0.audits.failed },
        ]
        func gauge(
            _ name: String, _ value: @escaping @Sendable (EngineReading) -> Double?
        ) -> (@Sendable (EngineReading) -> Double?, Gauge) {
            (value, Gauge(label: name, factory: factory))
        }
        gauges = [
            gauge("daybook_ready") { $0.isReady ? 1 : 0 },
            gauge("daybook_leader") { $0.isLeader ? 1 : 0 },
            gauge("daybook_feed_lag_seconds") { $0.lagSeconds },
            gauge("daybook_flush_pending") { $0.hasUnflushedRows ? 1 : 0 },
            gauge("daybook_rows_in_memory") { Double($0.rowsInMemory) },
            gauge("daybook_days_in_memory") { Double($0.daysInMemory) },
            gauge("daybook_memory_bytes") { $0.memoryBytes.map(Double.init) },
            gauge("daybook_gaps_open") { Double($0.openGaps) },
            gauge("daybook_subscribers") { Double($0.subscribers) },
            gauge("daybook_access_keys_stale") { $0.keysAreStale ? 1 : 0 },
        ]
    }

    /// Records how long after their commit events have come to a stage. What is below zero, as clocks apart may
    /// give, counts as zero.
    public func observe(_ stage: Stage, seconds: Double) {
        guard seconds.isFinite else { return }
        freshness[stage]?.record(max(0, seconds))
    }

    /// Records how long a committed flush took.
    public func observeFlush(seconds: Double) {
        guard seconds.isFinite else { return }
        flushSeconds.record(max(0, seconds))
    }

    /// Takes over a reading: gauges are set, counters grow by what the totals have grown since the reading before. A total that has
    /// shrunk began anew. Jobs beyond ``maximumJobs`` are left out.
    public func update(_ reading: EngineReading) {
        // Under one lock, so that two scrapes at once do not count the same growth twice.
        state.withLock { state in
            for (total, counter) in counters {
                let (now, before) = (total(reading), total(state.last))
                counter.increment(by: max(0, now >= before ? now - before : now))
            }
            for (value, gauge) in gauges {
                if let value = value(reading) { gauge.record(value) }
            }
            for job in reading.jobs.prefix(Self.maximumJobs) { record(job, in: &state.jobs) }
            state.last = reading
        }
    }

    private func record(_ job: EngineReading.Job, in jobs: inout Jobs) {
        // Not "job": that label is Prometheus' own, and a scrape would rename ours.
        let dimensions = [("job_name", job.name)]
        guard jobs.failed[job.name] != nil || jobs.failed.count < Self.maximumJobs else { return }
        if jobs.failed[job.name] == nil {
            jobs.failed[job.name] = Gauge(label: "daybook_job_failed", dimensions: dimensions, factory: factory)
        }
        jobs.failed[job.name]?.record(job.lastRunFailed ? 1 : 0)
        guard let success = job.lastSuccess else { return }
        if jobs.success[job.name] == nil {
            jobs.success[job.name] = Gauge(
                label: "daybook_job_last_success_timestamp_seconds", dimensions: dimensions, factory: factory)
        }
        jobs.success[job.name]?.record(success)
    }
}
