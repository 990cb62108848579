import Foundation
import Testing

@testable import DaybookServer

/// Which metrics there are, and what they show of readings.
struct EngineMetricsTests {
    private let registry = PrometheusRegistry(EngineMetrics.catalog)
    private let metrics: EngineMetrics

    init() {
        metrics = EngineMetrics(factory: PrometheusMetricsFactory(registry))
    }

    private func shows(_ line: String) -> Bool { registry.text().contains("\n\(line)\n") }

    @Test func everythingButJobsIsThereFromTheStart() {
        let text = registry.text()
        for metric in EngineMetrics.catalog where !metric.name.hasPrefix("daybook_job_") {
            #expect(text.contains("# TYPE \(metric.name) \(metric.kind.word)\n"), "\(metric.name)")
        }
        // And nothing that is not described.
        #expect(!text.contains("Not described."))
        for stage in ["published", "flushed"] {
            #expect(shows(#"daybook_freshness_seconds_count{stage="\#(stage)"} 0"#))
        }
    }

    @Test func conventions() {
        for metric in EngineMetrics.catalog {
            #expect(metric.name.hasPrefix("daybook_") && metric.help.hasSuffix(".") && !metric.help.contains("\n"))
            #expect((metric.kind == .counter) == metric.name.hasSuffix("_total"), "\(metric.name)")
            #expect(MetricName.metric(metric.name) == metric.name)
            if case .histogram(let buckets) = metric.kind {
                #expect(
                    metric.name.hasSuffix("_seconds") && buckets == buckets.sorted()
                        && Set(buckets).count == buckets.count)
            }
        }
        #expect(Set(EngineMetrics.catalog.map(\.name)).count == EngineMetrics.catalog.count)
    }

    @Test func aReading() {
        var reading = EngineReading()
        reading.isReady = true
        reading.isLeader = true
        reading.lagSeconds = 0.25
        reading.events = 100
        reading.turns = 40
        reading.flushes = 5
        reading.rowsFlushed = 60
        reading.reconnects = 1
        reading.audits = .init(equal: 3, different: 2, failed: 1)
        reading.rowsInMemory = 7
        reading.daysInMemory = 2
        reading.hasUnflushedRows = true
        reading.openGaps = 4
        reading.subscribers = 9
        reading.memoryBytes = 1_048_576
        reading.keysAreStale = true
        reading.jobs = [
            .init(name: "aggregate-daily-analytics", lastSuccess: 1_800_000_000.5, lastRunFailed: false),
            .init(name: "new", lastSuccess: nil, lastRunFailed: true),
        ]
        metrics.update(reading)
        metrics.update(reading)
        for line in [
            "daybook_ready 1", "daybook_leader 1", "daybook_feed_lag_seconds 0.25", "daybook_events_total 100",
            "daybook_turns_total 40", "daybook_flushes_total 5", "daybook_flush_rows_total 60",
            "daybook_reconnects_total 1",
            #"daybook_audits_total{result="equal"} 3"#, #"daybook_audits_total{result="different"} 2"#,
            #"daybook_audits_total{result="failed"} 1"#, "daybook_rows_in_memory 7", "daybook_days_in_memory 2",
            "daybook_flush_pending 1", "daybook_gaps_open 4", "daybook_subscribers 9", "daybook_memory_bytes 1048576",
            "daybook_access_keys_stale 1",
            #"daybook_job_last_success_timestamp_seconds{job_name="aggregate-daily-analytics"} 1800000000.5"#,
            #"daybook_job_failed{job_name="aggregate-daily-analytics"} 0"#, #"daybook_job_failed{job_name="new"} 1"#,
        ] {
            #expect(shows(line), "\(line)")
        }
        #expect(!registry.text().contains(#"timestamp_seconds{job_name="new"}"#))

        // Totals that began anew go on from where the counter was, gauges follow.
        reading.events = 7
        reading.turns = 41
        reading.isReady = false
        reading.memoryBytes = nil
        metrics.update(reading)
        for line in [
            "daybook_events_total 107", "daybook_turns_total 41", "daybook_ready 0", "daybook_memory_bytes 1048576",
        ] {
            #expect(shows(line), "\(line)")
        }
    }

    @Test func observations() {
        metrics.observe(.published, seconds: 0.02)
        metrics.observe(.published, seconds: -5)
        metrics.observe(.flushed, seconds: 1.2)
        metrics.observe(.flushed, seconds: .nan)
        metrics.observeFlush(seconds: 0.004)
        for line in [
            #"daybook_freshness_seconds_bucket{stage="published",le="0.0025"} 1"#,
            #"daybook_freshness_seconds_bucket{stage="published",le="0.02"} 2"#,
            #"daybook_freshness_seconds_bucket{stage="flushed",le="1.5"} 1"#,
            #"daybook_freshness_seconds_sum{stage="flushed"} 1.2"#,
            "daybook_flush_seconds_count 1", #"daybook_flush_seconds_bucket{le="0.005"} 1"#,
        ] {
            #expect(shows(line), "\(line)")
        }
    }

    @Test func boundedJobs() {
        var reading = EngineReading()
        for round in 0..<3 {
            reading.jobs = (0..<20).map { .init(name: "\(round)-\($0)", lastSuccess: 1, lastRunFailed: false) }
            metrics.update(reading)
        }
        let lines = registry.text().split(separator: "\n")
        #expect(lines.count { $0.hasPrefix("daybook_job_failed{") } == EngineMetrics.maximumJobs)
        #expect(
            lines.count { $0.hasPrefix("daybook_job_last_success_timestamp_seconds{") } == EngineMetrics.maximumJobs)
    }

    @Test func readingsAtOnceCountOnce() async {
        await withTaskGroup { group in
            for total in 1...200 {
                group.addTask {
                    var reading = EngineReading()
                    reading.events = 500
                    reading.subscribers = total
                    metrics.update(reading)
                }
            }
        }
        #expect(shows("daybook_events_total 500"))
    }

    @Test func residentMemory() throws {
        #if os(Linux)
        let bytes = try #require(ResidentMemory.bytes)
        #expect(bytes > 1 << 20 && bytes < 1 << 40)
        #endif
    }
}
