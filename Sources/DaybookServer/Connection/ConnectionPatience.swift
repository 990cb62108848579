/// How long one connection may still keep this server waiting: a pure value, told what happens on the connection and when.
///
/// There are three things to wait for: a request (as long as a connection may idle), the rest of a request that has begun (so
/// that it cannot come byte by byte for ever), and a client that takes what was written to it. A connection that breaks any
/// of them is to be closed. While an answer is being made nothing of the client's is waited for: the server has its own limits.
struct ConnectionPatience: Sendable {
    typealias Instant = ContinuousClock.Instant

    private enum Reading: Sendable {
        /// No byte of a request has come.
        case nothing(since: Instant)
        /// A request has begun to come, or is to be read to its end although it is answered already.
        case part(since: Instant)
        /// A request is being answered.
        case enough
    }

    enum Verdict: Sendable, Equatable {
        /// Look again then.
        case wait(until: Instant)
        case close
    }

    private let idle: Duration
    private let header: Duration
    private let stall: Duration
    private let bodyBytes: Int
    private var reading: Reading
    /// Requests that have begun to be read and are not answered to their end.
    private var unanswered = 0
    private var isBodyOpen = false
    private var bodyLength = 0
    /// Parts of answers that are on their way to the client, and since when it has taken nothing.
    private var unsent = 0
    private var stalledSince: Instant?
    private var unsentBytes = Int.max

    init(_ limits: RequestLimits, now: Instant) {
        idle = .seconds(limits.idleSeconds)
        header = .seconds(limits.headerSeconds)
        stall = .seconds(limits.writeStallSeconds)
        bodyBytes = limits.bodyBytes
        reading = .nothing(since: now)
    }

    /// Whether a request is being answered.
    var isAnswering: Bool { unanswered > 0 }

    // MARK: What the client does

    mutating func bytesCame(now: Instant) {
        if case .nothing = reading { reading = .part(since: now) }
    }

    /// All headers of a request are here.
    mutating func requestBegan() {
        unanswered += 1
        isBodyOpen = true
        bodyLength = 0
        reading = .enough
    }

    /// - Returns: whether the body is still no longer than it may be.
    mutating func bodyCame(_ bytes: Int) -> Bool {
        bodyLength += bytes
        return bodyLength <= bodyBytes
    }

    mutating func requestEnded(now: Instant) {
        isBodyOpen = false
        if unanswered == 0 { reading = .nothing(since: now) }
    }

    // MARK: What the server does

    /// An answer has been written to its end.
    mutating func answered(now: Instant) {
        unanswered = max(0, unanswered - 1)
        guard unanswered == 0 else { return }
        reading = isBodyOpen ? .part(since: now) : .nothing(since: now)
    }

    mutating func writing(now: Instant) {
        if unsent == 0 { (stalledSince, unsentBytes) = (now, .max) }
        unsent += 1
    }

    /// The client has taken all of what was written first.
    mutating func wrote(now: Instant) {
        unsent = max(0, unsent - 1)
        (stalledSince, unsentBytes) = (unsent == 0 ? nil : now, .max)
    }

    // MARK: The clock

    /// - Parameter unsentBytes: of what was written, still on this side; nil where that is not known.
    mutating func verdict(now: Instant, unsentBytes: Int?) -> Verdict {
        if let unsentBytes, stalledSince != nil {
            // A client that takes part of a long piece is slow, and not dead.
            if unsentBytes < self.unsentBytes, self.unsentBytes != .max { stalledSince = now }
            self.unsentBytes = unsentBytes
        }
        let deadline = deadline(now)
        guard deadline > now else { return .close }
        return .wait(until: deadline)
    }

    /// When the connection's time is up if nothing happens on it.
    private func deadline(_ now: Instant) -> Instant {
        let reading: Instant? =
            switch reading {
            case .nothing(let since): since + idle
            case .part(let since): since + header
            case .enough: nil
            }
        let writing = stalledSince.map { $0 + stall }
        // While an answer is made and nothing of it is stuck, a look now and then is enough.
        return [reading, writing].compactMap(\.self).min() ?? now + min(header, stall)
    }
}
