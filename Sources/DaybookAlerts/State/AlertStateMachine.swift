package import Daybook
package import PostgresClient

/// What is known of one subject of one rule, and when it is told. A pure value: the clock comes with each observation.
package struct AlertStateMachine: Sendable, Hashable {
    package enum Phase: String, Sendable {
        /// Nothing is wrong.
        case quiet
        /// Something is wrong, not for long enough yet.
        case pending
        /// It is wrong, and that has been told.
        case firing
        /// It is wrong for long enough, but the last message is too recent.
        case unannounced
    }

    package enum Action: Sendable, Hashable {
        case fire, remind, resolve
    }

    package private(set) var phase: Phase
    /// When the phase began; for a firing alert, when it became wrong.
    package private(set) var since: PostgresTimestamp
    /// When it was last told that something is wrong.
    package private(set) var sentAt: PostgresTimestamp?

    package init(phase: Phase = .quiet, since: PostgresTimestamp, sentAt: PostgresTimestamp? = nil) {
        self.phase = phase
        self.since = since
        self.sentAt = sentAt
    }

    /// - Returns: what to tell now, if anything.
    package mutating func observe(
        isWrong: Bool, isEvent: Bool = false, at now: PostgresTimestamp, by rule: AlertRule
    ) -> Action? {
        // A clock that was set back must not hold up messages for as long.
        since = min(since, now)
        sentAt = sentAt.map { min($0, now) }
        switch (phase, isWrong) {
        case (.quiet, false): return nil
        case (.quiet, true):
            since = now
            phase = .pending
            return ripen(isEvent: isEvent, at: now, by: rule)
        case (.pending, true), (.unannounced, true): return ripen(isEvent: isEvent, at: now, by: rule)
        case (.firing, true):
            guard !isEvent, mayTell(at: now, by: rule) else { return nil }
            sentAt = now
            return .remind
        case (.pending, false), (.unannounced, false):
            phase = .quiet
            since = now
            return nil
        case (.firing, false):
            phase = .quiet
            since = now
            return isEvent ? nil : .resolve
        }
    }

    /// Whether nothing is lost by forgetting it.
    package func isForgettable(at now: PostgresTimestamp, by rule: AlertRule) -> Bool {
        phase == .quiet && mayTell(at: now, by: rule)
    }

    private mutating func ripen(isEvent: Bool, at now: PostgresTimestamp, by rule: AlertRule) -> Action? {
        guard isEvent || now.seconds(since: since) >= rule.holdsFor.inSeconds else { return nil }
        guard mayTell(at: now, by: rule) else {
            phase = .unannounced
            return nil
        }
        phase = .firing
        sentAt = now
        return .fire
    }

    private func mayTell(at now: PostgresTimestamp, by rule: AlertRule) -> Bool {
        sentAt.map { now.seconds(since: $0) >= rule.pause.inSeconds } ?? true
    }
}
