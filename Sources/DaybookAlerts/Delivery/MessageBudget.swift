/// How many messages a channel takes in an hour: a bucket of tokens that fills evenly.
package struct MessageBudget: Sendable {
    private let perHour: Int
    private var tokens: Double
    private var filledAt: ContinuousClock.Instant?

    package init(perHour: Int) {
        self.perHour = perHour
        tokens = Double(perHour)
    }

    /// Whether one more may go now.
    package mutating func take(at now: ContinuousClock.Instant) -> Bool {
        if let filledAt {
            tokens = min(Double(perHour), tokens + filledAt.duration(to: now).inSeconds * Double(perHour) / 3600)
        }
        filledAt = now
        guard tokens >= 1 else { return false }
        tokens -= 1
        return true
    }
}
