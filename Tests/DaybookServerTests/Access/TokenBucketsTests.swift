import Testing

@testable import DaybookServer

struct TokenBucketsTests {
    @Test func burstThenRate() {
        var buckets = TokenBuckets<String>(RateLimit(perSecond: 2, burst: 3))
        for _ in 0..<3 { #expect(buckets.take("a", at: 10) == .allowed) }
        #expect(buckets.take("a", at: 10) == .refused(retryAfterSeconds: 1))
        #expect(buckets.take("b", at: 10) == .allowed)
        #expect(buckets.take("a", at: 10.4) == .refused(retryAfterSeconds: 1))
        #expect(buckets.take("a", at: 10.5) == .allowed)
        #expect(buckets.take("a", at: 10.5) == .refused(retryAfterSeconds: 1))
        // No more than the burst, however long the pause.
        for _ in 0..<3 { #expect(buckets.take("a", at: 1e9) == .allowed) }
        #expect(buckets.take("a", at: 1e9) == .refused(retryAfterSeconds: 1))
    }

    @Test func saysWhen() {
        var buckets = TokenBuckets<Int>(RateLimit(perSecond: 0.1, burst: 1))
        #expect(buckets.take(1, at: 0) == .allowed)
        #expect(buckets.take(1, at: 0) == .refused(retryAfterSeconds: 10))
        #expect(buckets.take(1, at: 9.5) == .refused(retryAfterSeconds: 1))
        #expect(buckets.take(1, at: 10) == .allowed)
        var slow = TokenBuckets<Int>(RateLimit(perSecond: 1e-9, burst: 1))
        #expect(slow.take(1, at: 0) == .allowed)
        #expect(slow.take(1, at: 0) == .refused(retryAfterSeconds: 86_400))
    }

    @Test func aClockThatGoesBackGivesNothing() {
        var buckets = TokenBuckets<Int>(RateLimit(perSecond: 1, burst: 1))
        #expect(buckets.take(1, at: 100) == .allowed)
        for _ in 0..<5 { #expect(buckets.take(1, at: 50) == .refused(retryAfterSeconds: 1)) }
        #expect(buckets.take(1, at: 100.5) == .refused(retryAfterSeconds: 1))
        #expect(buckets.take(1, at: 101) == .allowed)
    }

    @Test func boundedKeys() {
        var buckets = TokenBuckets<Int>(RateLimit(perSecond: 0.001, burst: 1), capacity: 100)
        for key in 0..<10_000 {
            #expect(buckets.take(key, at: 0) == .allowed)
            // One that is used all the time is never forgotten.
            if key > 0 { #expect(buckets.take(0, at: 0) != .allowed) }
            #expect(buckets.count <= 100)
        }
    }
}
