/// A bucket of request tokens for each key, of a bounded number of keys. A pure value: the time comes with each question.
///
/// At the limit, the half of the keys that was not used for longest is forgotten; a forgotten key starts again with a full bucket. So
/// many callers at once weaken the limit, and never exhaust memory.
public struct TokenBuckets<Key: Hashable & Sendable>: Sendable {
    public enum Answer: Sendable, Equatable {
        case allowed
        /// Refused. The same question is allowed after this many seconds, rounded up, at least 1: the header `Retry-After`.
        case refused(retryAfterSeconds: Int)
    }

    private struct Bucket: Sendable {
        var tokens: Double
        /// When `tokens` was true.
        var at: Double
    }

    private let limit: RateLimit
    private let capacity: Int
    private var recent: [Key: Bucket] = [:]
    private var older: [Key: Bucket] = [:]

    /// - Precondition: `capacity`, the most keys remembered, is at least 2.
    public init(_ limit: RateLimit, capacity: Int = 10_000) {
        precondition(capacity >= 2)
        self.limit = limit
        self.capacity = capacity
    }

    /// How many keys are remembered.
    public var count: Int { recent.count + older.count }

    /// Takes one token of the key's bucket, if it has one.
    ///
    /// - Parameter now: Seconds of a clock that does not go back. If it does all the same, nothing is refilled.
    public mutating func take(_ key: Key, at now: Double) -> Answer {
        var bucket = recent[key] ?? older.removeValue(forKey: key) ?? Bucket(tokens: limit.burst, at: now)
        let elapsed = max(0, now - bucket.at)
        bucket.tokens = min(limit.burst, bucket.tokens + elapsed * limit.perSecond)
        bucket.at = max(now, bucket.at)
        let answer: Answer
        if bucket.tokens >= 1 {
            bucket.tokens -= 1
            answer = .allowed
        } else {
            let seconds = ((1 - bucket.tokens) / limit.perSecond).rounded(.up)
            answer = .refused(retryAfterSeconds: Int(min(max(1, seconds), 86_400)))
        }
        if recent[key] == nil, recent.count >= capacity / 2 {
            older = recent
            recent = [:]
        }
        recent[key] = bucket
        return answer
    }
}
