/// How long to wait before the next attempt: exponential with full jitter.
///
/// Each delay is drawn evenly from zero to a ceiling that grows by `factor` with every attempt up to `maximum`, so that
/// many clients of one failed server do not come back at once. A pure value: the caller owns clock, loop and generator.
public struct PostgresBackoff: Sendable, Hashable {
    public let initial: Duration
    public let maximum: Duration
    public let factor: Double
    /// Delays handed out since the last reset.
    public private(set) var attempts = 0

    /// - Precondition: `zero <= initial <= maximum`, `factor >= 1`.
    public init(initial: Duration = .milliseconds(100), maximum: Duration = .seconds(30), factor: Double = 2) {
        precondition(initial >= .zero && initial <= maximum && factor >= 1, "a backoff grows from initial to maximum")
        self.initial = initial
        self.maximum = maximum
        self.factor = factor
    }

    /// The most that the next delay can be.
    public var ceiling: Duration {
        var ceiling = initial
        for _ in 0..<attempts where ceiling < maximum { ceiling = ceiling * factor }
        return min(ceiling, maximum)
    }

    public mutating func next(using generator: inout some RandomNumberGenerator) -> Duration {
        let delay = ceiling * Double.random(in: 0...1, using: &generator)
        if ceiling < maximum { attempts += 1 }
        return delay
    }

    /// To be called once an attempt has succeeded for good.
    public mutating func reset() {
        attempts = 0
    }
}
