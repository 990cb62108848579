import Synchronization

/// Something that is due again and again.
final class Pulse: Sendable {
    private let due = Mutex(ContinuousClock.now)

    var isDue: Bool { due.withLock { $0 <= .now } }

    func next(in period: Duration) {
        due.withLock { $0 = .now.advanced(by: period) }
    }
}
