import Logging
import Synchronization

/// The connections that may be open at the same time.
final class ConnectionSeats: Sendable {
    private struct State {
        var taken = 0
        var hasTold = false
    }

    private let limit: Int
    private let logger: Logger
    private let state = Mutex(State())

    init(limit: Int, logger: Logger) {
        self.limit = limit
        self.logger = logger
    }

    var taken: Int { state.withLock(\.taken) }

    /// - Returns: false when all are taken, which is logged the first time since half of them were free.
    func take() -> Bool {
        let (isTaken, isNews) = state.withLock { state in
            guard state.taken >= limit else {
                state.taken += 1
                return (true, false)
            }
            defer { state.hasTold = true }
            return (false, !state.hasTold)
        }
        if isNews {
            logger.warning(
                "as many connections are open as may be; new ones are closed", metadata: ["connections": "\(limit)"])
        }
        return isTaken
    }

    func giveUp() {
        state.withLock { state in
            state.taken -= 1
            if state.taken <= limit / 2 { state.hasTold = false }
        }
    }
}
