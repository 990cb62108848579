/// The cancelling of one exchange with the server, as a pure value: what to do when, and when the exchange may end.
///
/// A cancel request can come too early (the statement has not reached the server yet, which then ignores it) or too late
/// (it would hit the next statement). So it is sent again while there is no answer, and the exchange ends only after
/// every request has returned and an empty round trip has swallowed what the last one may have left behind.
struct Cancellation: Sendable {
    typealias Instant = ContinuousClock.Instant

    enum Action: Sendable, Equatable {
        case none
        case sendRequest
        /// Close the link: the server has not answered in time.
        case giveUp
    }

    private enum State: Sendable {
        case notRequested
        case requesting(Request)
        /// The answer has come; requests may still be under way.
        case settling(Request)
    }

    private struct Request: Sendable {
        var giveUpAt: Instant
        var resendAt: Instant
        var isUnderWay: Bool
    }

    static let patience = Duration.seconds(5)
    static let resendInterval = Duration.milliseconds(250)

    private var state = State.notRequested

    var isRequested: Bool {
        if case .notRequested = state { false } else { true }
    }

    /// Whether a request has been sent and has not returned.
    var isUnderWay: Bool {
        switch state {
        case .notRequested: false
        case .requesting(let request), .settling(let request): request.isUnderWay
        }
    }

    /// When ``tick(at:)`` is to be called next, at the latest.
    var wakeAt: Instant? {
        switch state {
        case .notRequested: nil
        case .requesting(let request): request.isUnderWay ? request.giveUpAt : min(request.resendAt, request.giveUpAt)
        case .settling(let request): request.giveUpAt
        }
    }

    /// The task was cancelled.
    mutating func requested(at now: Instant) -> Action {
        guard case .notRequested = state else { return .none }
        state = .requesting(Request(giveUpAt: now + Self.patience, resendAt: now, isUnderWay: true))
        return .sendRequest
    }

    /// A request has returned, wherever it got to.
    mutating func requestReturned(at now: Instant) {
        switch state {
        case .notRequested: break
        case .requesting(var request):
            request.isUnderWay = false
            request.resendAt = now + Self.resendInterval
            state = .requesting(request)
        case .settling(var request):
            request.isUnderWay = false
            state = .settling(request)
        }
    }

    /// The server's answer is complete: no further request goes out.
    mutating func answered() {
        guard case .requesting(let request) = state else { return }
        state = .settling(request)
    }

    mutating func tick(at now: Instant) -> Action {
        switch state {
        case .notRequested: return .none
        case .requesting(let request) where now >= request.giveUpAt: return .giveUp
        case .settling(let request) where now >= request.giveUpAt: return .giveUp
        case .settling: return .none
        case .requesting(var request):
            guard !request.isUnderWay, now >= request.resendAt else { return .none }
            request.isUnderWay = true
            state = .requesting(request)
            return .sendRequest
        }
    }
}
