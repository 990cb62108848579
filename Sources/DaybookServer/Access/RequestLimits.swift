/// What one request, one connection and one viewer may take of this server. Every limit has an answer: 431, 414, 503 or 429, or
/// the end of the connection.
public struct RequestLimits: Sendable, Equatable {
    /// All headers of a request together, in bytes. Beyond: 431.
    public var headerBytes = 16_384
    /// Path and query, in bytes. Beyond: 414.
    public var targetBytes = 8_192
    /// The body, in bytes. No route reads one; this much is read and dropped, beyond: 413.
    public var bodyBytes = 1_024
    /// Open connections, streams included. Beyond: the new one is closed.
    public var connections = 1_200
    /// Open streams. Beyond: 503 with `Retry-After`.
    public var streams = 1_024
    /// From a request's first byte until its headers are complete, and for the rest of one that is answered already. Beyond: closed.
    public var headerSeconds = 10.0
    /// A connection without a byte of a request. Beyond: closed.
    public var idleSeconds = 60.0
    /// A client that takes no byte of an answer. Beyond: closed.
    public var writeStallSeconds = 15.0
    /// Requests of one viewer.
    public var viewerRate = RateLimit(perSecond: 50, burst: 200)
    /// Requests of one address that come without a valid token.
    public var strangerRate = RateLimit(perSecond: 5, burst: 20)

    public init() {}
}

/// A rate with room for bursts.
public struct RateLimit: Sendable, Equatable {
    /// Requests that may come on average.
    public var perSecond: Double
    /// Requests that may come at once after a pause.
    public var burst: Double

    /// - Precondition: Both are positive and finite; `burst` is at least 1, or nothing would ever pass.
    public init(perSecond: Double, burst: Double) {
        precondition(perSecond > 0 && perSecond.isFinite && burst >= 1 && burst.isFinite)
        self.perSecond = perSecond
        self.burst = burst
    }
}
