/// When the daemon reads the log, when it may sleep, and what wakes it (DESIGN §4, the bell). A pure value: it is told
/// what happened and answers what to do next.
///
/// Awake, it polls and holds nothing. To sleep it must first get the bell's lock exclusively, which no writer that stayed
/// silent and is still in flight allows; then it reads once more, and only if that finds nothing it waits for the bell.
package struct BellStateMachine: Sendable, Hashable {
    package enum Action: Sendable, Hashable {
        /// Read the log, then ``polled(foundEvents:)``.
        case poll
        /// Wait this long, then ``paused()``.
        case pause(Duration)
        /// Try, without waiting, for the exclusive lock, then ``lockTried(acquired:)``.
        case tryLock
        /// Wait for a notification, at most this long, then ``woken(byBell:)``.
        case listen(Duration)
        /// Give the lock back, then ``unlocked()``.
        case unlock
    }

    package struct Settings: Sendable, Hashable {
        /// The shortest interval between two polls.
        package var pollInterval: Duration
        /// While events come in, a pause is so many times as long as the turn before it took: polling leaves the machine to
        /// the writers whose events it reads, the more of them there are.
        package var pausePerTurn: Int
        /// The longest such pause.
        package var longestBusyPause: Duration
        /// The longest interval between polls, when nothing comes in but the lock cannot be had.
        package var slowestPollInterval: Duration
        /// Polls in a row that must find nothing before the daemon tries to sleep.
        package var quietPolls: Int
        /// The longest sleep without a read.
        package var heartbeat: Duration
        /// False where a transaction that has rung could not be prepared (`max_prepared_transactions` above zero).
        package var maySleep: Bool

        package init(
            pollInterval: Duration = .milliseconds(5), pausePerTurn: Int = 6,
            longestBusyPause: Duration = .milliseconds(30), slowestPollInterval: Duration = .milliseconds(100),
            quietPolls: Int = 20, heartbeat: Duration = .seconds(3), maySleep: Bool = true
        ) {
            self.pollInterval = pollInterval
            self.pausePerTurn = pausePerTurn
            self.longestBusyPause = longestBusyPause
            self.slowestPollInterval = slowestPollInterval
            self.quietPolls = quietPolls
            self.heartbeat = heartbeat
            self.maySleep = maySleep
        }
    }

    private enum State: Sendable, Hashable {
        /// No lock. Reading, or pausing before the next read.
        case awake(quietPolls: Int)
        /// No lock, quiet for long enough: the lock is being asked for.
        case acquiring(quietPolls: Int)
        /// Lock held: the read that decides is under way.
        case lastRead
        /// Lock held, nothing to read: writers ring.
        case asleep
        /// The lock is being given back.
        case releasing
    }

    private let settings: Settings
    private var state = State.awake(quietPolls: 0)

    package init(_ settings: Settings = Settings()) {
        self.settings = settings
    }

    /// Whether writers have to ring.
    package var holdsLock: Bool {
        switch state {
        case .lastRead, .asleep, .releasing: true
        case .awake, .acquiring: false
        }
    }

    package var isAsleep: Bool { state == .asleep }

    /// The first action, on a fresh connection that holds no lock.
    package mutating func start() -> Action {
        state = .awake(quietPolls: 0)
        return .poll
    }

    /// - Parameter duration: what the poll took, with the turn that it led to.
    package mutating func polled(foundEvents: Bool, duration: Duration = .zero) -> Action {
        switch (state, foundEvents) {
        case (.awake, true):
            state = .awake(quietPolls: 0)
            return .pause(max(settings.pollInterval, min(duration * settings.pausePerTurn, settings.longestBusyPause)))
        case (.awake(let quietPolls), false):
            let quietPolls = isCountingOn(after: quietPolls) ? quietPolls + 1 : quietPolls
            if settings.maySleep, quietPolls >= settings.quietPolls {
                state = .acquiring(quietPolls: quietPolls)
                return .tryLock
            }
            state = .awake(quietPolls: quietPolls)
            return .pause(interval(after: quietPolls))
        case (.lastRead, true):
            state = .releasing
            return .unlock
        case (.lastRead, false):
            state = .asleep
            return .listen(settings.heartbeat)
        case (.acquiring, _), (.asleep, _), (.releasing, _):
            preconditionFailure("the log was read while the bell was \(state)")
        }
    }

    package mutating func lockTried(acquired: Bool) -> Action {
        guard case .acquiring(let quietPolls) = state else {
            preconditionFailure("no lock was asked for while \(state)")
        }
        if acquired {
            state = .lastRead
            return .poll
        }
        // Some writer that stayed silent is in flight, perhaps idle in its transaction: poll, ever slower.
        state = .awake(quietPolls: quietPolls)
        return .pause(interval(after: quietPolls))
    }

    package mutating func paused() -> Action {
        guard case .awake = state else { preconditionFailure("paused while \(state)") }
        return .poll
    }

    /// - Parameter byBell: false when the wait ran out, which is a reason to look but not to stay awake.
    package mutating func woken(byBell: Bool) -> Action {
        guard state == .asleep else { preconditionFailure("woken while \(state)") }
        guard byBell else {
            state = .lastRead
            return .poll
        }
        state = .releasing
        return .unlock
    }

    package mutating func unlocked() -> Action {
        guard state == .releasing else { preconditionFailure("unlocked while \(state)") }
        state = .awake(quietPolls: 0)
        return .poll
    }

    /// Once pauses grow no longer, more quiet polls mean nothing: the machine has finitely many states.
    private func isCountingOn(after quietPolls: Int) -> Bool {
        quietPolls < settings.quietPolls || interval(after: quietPolls) < settings.slowestPollInterval
    }

    /// Constant while it may soon be busy again, then doubling up to the slowest.
    private func interval(after quietPolls: Int) -> Duration {
        let doublings = max(0, quietPolls - settings.quietPolls)
        var interval = settings.pollInterval
        for _ in 0..<min(doublings, 30) where interval < settings.slowestPollInterval { interval = interval * 2 }
        return min(interval, max(settings.slowestPollInterval, settings.pollInterval))
    }
}
