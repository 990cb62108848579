import Daybook
import PostgresClient
import ServiceLifecycle

/// Prints one line a second: what came in, what went out, and how fresh it is.
struct DemoTicker: Service {
    let observatory: EngineObservatory
    let counts: SampleWriters.Counts
    let meter: FreshnessMeter
    /// Nil to go on until Ctrl-C.
    let duration: Duration?

    func run() async throws {
        let end = duration.map { ContinuousClock.now.advanced(by: $0) }
        var before = (counts: counts.current, status: observatory.current)
        var lines = 0
        while end.map({ .now < $0 }) ?? true {
            _ = try? await cancelWhenGracefulShutdown { try await Task.sleep(for: .seconds(1)) }
            guard !Task.isShuttingDownGracefully, !Task.isCancelled else { break }
            if lines.isMultiple(of: 20) { print(Self.header) }
            lines += 1
            let now = (counts: counts.current, status: observatory.current)
            print(line(from: before, to: now))
            before = now
        }
    }

    private static let header = """
           application            log      rollup tables                  commit to visible
        tx in   rows in     events in      rows out  flushes   lag ms     median ms   p99 ms
        """

    private func line(
        from before: (counts: (transactions: Int, rows: Int), status: EngineStatus),
        to now: (counts: (transactions: Int, rows: Int), status: EngineStatus)
    ) -> String {
        let freshness = meter.take()
        let columns: [(String, Int)] = [
            ((now.counts.transactions - before.counts.transactions).grouped, 5),
            ((now.counts.rows - before.counts.rows).grouped, 10),
            ((now.status.events - before.status.events).grouped, 14),
            ((now.status.rowsFlushed - before.status.rowsFlushed).grouped, 14),
            ((now.status.flushes - before.status.flushes).grouped, 9),
            (Self.tenths(now.status.publishLagSeconds * 1000), 9),
            (freshness.map { Self.tenths($0.median) } ?? "-", 14),
            (freshness.map { Self.tenths($0.high) } ?? "-", 9),
        ]
        return columns.map { text, width in String(repeating: " ", count: max(0, width - text.count)) + text }.joined()
            + (now.status.daysToBuild > 0 ? "   \(now.status.daysToBuild) days to build" : "")
    }

    private static func tenths(_ value: Double) -> String {
        let tenths = Int((value * 10).rounded())
        return "\(tenths / 10).\(tenths % 10)"
    }
}
