import Daybook
import Foundation
import HTTPTypes
import Hummingbird

/// `GET /metrics`: Prometheus text, for operators. States are read when somebody asks.
struct MetricsRoute: Sendable {
    let metrics: EngineMetrics
    let registry: PrometheusRegistry
    let observatory: EngineObservatory
    let hub: StreamHub
    let jobs: JobSchedule
    let gate: AccessGate?

    func add(to router: RouterGroup<ServerContext>) {
        router.get("metrics") { _, context in
            try context.viewer.requireOperator()
            metrics.update(await reading())
            return Response(
                status: .ok, headers: [.contentType: PrometheusText.contentType, .cacheControl: "no-store"],
                body: .init(byteBuffer: ByteBuffer(string: registry.text()))
            )
        }
    }

    private func reading() async -> EngineReading {
        let status = observatory.current
        var reading = EngineReading()
        reading.isReady = status.isReady || status.role == .standby
        reading.isLeader = status.role == .leader
        reading.lagSeconds = status.publishLagSeconds
        reading.events = status.events
        reading.turns = status.turns
        reading.flushes = status.flushes
        reading.rowsFlushed = status.rowsFlushed
        reading.retractionsSettled = status.retractionsSettled
        reading.reconnects = status.reconnects
        reading.audits = .init(
            equal: status.audits.equal, different: status.audits.different, failed: status.audits.failed)
        reading.rowsInMemory = status.rowsInMemory
        reading.daysInMemory = status.daysInMemory
        reading.hasUnflushedRows = status.hasUnflushedRows
        reading.openGaps = status.openGaps
        reading.subscribers = hub.subscriberCount
        reading.memoryBytes = ResidentMemory.bytes
        reading.keysAreStale = await gate?.keyProblem != nil
        reading.jobs = jobs.states(status).map {
            .init(name: $0.name, lastSuccess: $0.lastSuccess.map(\.secondsSince1970), lastRunFailed: $0.failure != nil)
        }
        return reading
    }
}

extension EngineMetrics {
    /// Observes what an engine announces: how long after their commit events were published, and flushed.
    func observe(_ announcement: Announcement, _ status: EngineStatus, _ journey: inout FlushJourney) {
        switch announcement {
        case .changed(_, let flush):
            observe(.published, seconds: status.publishLagSeconds)
            journey.published(lag: status.publishLagSeconds, in: flush, at: .now)
        case .flushed(let flush):
            if let seconds = journey.flushed(flush, at: .now) { observe(.flushed, seconds: seconds) }
            if let seconds = status.lastFlushSeconds { observeFlush(seconds: seconds) }
        case .began, .ended: journey = FlushJourney()
        case .rebuilt: break
        }
    }
}

/// When the oldest event of the next flush was logged.
struct FlushJourney: Sendable {
    private var oldest: [Int64: ContinuousClock.Instant] = [:]

    mutating func published(lag seconds: Double, in flush: Int64, at now: ContinuousClock.Instant) {
        let logged = now.advanced(by: .seconds(-max(0, seconds)))
        oldest[flush] = min(oldest[flush] ?? logged, logged)
    }

    /// - Returns: how long the oldest event of the flush has waited, in seconds.
    mutating func flushed(_ flush: Int64, at now: ContinuousClock.Instant) -> Double? {
        let begun = oldest[flush]
        oldest = oldest.filter { $0.key > flush }
        return begun.map { $0.duration(to: now) / .seconds(1) }
    }
}
