import PostgresClient
import Synchronization

/// Times each transaction from the answer to its COMMIT until a publication counts it.
final class FreshnessMeter: Sendable {
    /// Transactions that wait for their publication; beyond, new ones are not timed.
    private static let limit = 10_000

    private struct State {
        var waiting: [(xid: PostgresTransactionID, committed: ContinuousClock.Instant)] = []
        var latest: (snapshot: PostgresSnapshot, at: ContinuousClock.Instant)?
        var milliseconds: [Double] = []
    }

    private let state = Mutex(State())

    /// A transaction that changed rows has committed.
    func committed(_ xid: PostgresTransactionID, at instant: ContinuousClock.Instant = .now) {
        state.withLock { state in
            // The daemon can be faster than the answer to the COMMIT.
            if let latest = state.latest, latest.snapshot.sees(xid) {
                state.milliseconds.append(max(0, Self.milliseconds(from: instant, to: latest.at)))
            } else if state.waiting.count < Self.limit {
                state.waiting.append((xid, instant))
            }
        }
    }

    func published(_ snapshot: PostgresSnapshot, at instant: ContinuousClock.Instant = .now) {
        state.withLock { state in
            state.latest = (snapshot, instant)
            let seen = state.waiting.partition { snapshot.sees($0.xid) }
            state.milliseconds += state.waiting[seen...].map { Self.milliseconds(from: $0.committed, to: instant) }
            state.waiting.removeSubrange(seen...)
        }
    }

    /// Median and 99th percentile of what was timed since the last call; nil where nothing was.
    func take() -> (median: Double, high: Double)? {
        let times = state.withLock { state in
            defer { state.milliseconds = [] }
            return state.milliseconds.sorted()
        }
        guard !times.isEmpty else { return nil }
        return (times[times.count / 2], times[min(times.count - 1, times.count * 99 / 100)])
    }

    private static func milliseconds(
        from start: ContinuousClock.Instant, to end: ContinuousClock.Instant
    ) -> Double {
        let duration = start.duration(to: end)
        return Double(duration.components.seconds) * 1000 + Double(duration.components.attoseconds) / 1e15
    }
}
