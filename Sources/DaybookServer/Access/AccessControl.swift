import HTTPTypes
import Hummingbird
import Synchronization

/// Decides who asks before anything is answered, and that nobody asks too often.
final class AccessControl: RouterMiddleware {
    typealias Context = ServerContext

    private let gate: AccessGate
    private let known: Mutex<TokenBuckets<Viewer>>
    /// Of all who come without a valid token together: an address can be had by the thousand.
    private let strangers: Mutex<TokenBuckets<Int>>
    private let clock = ContinuousClock()
    private let begun = ContinuousClock.now

    init(_ gate: AccessGate, limits: RequestLimits) {
        self.gate = gate
        known = Mutex(TokenBuckets(limits.viewerRate))
        strangers = Mutex(TokenBuckets(limits.strangerRate, capacity: 2))
    }

    func handle(
        _ request: Request, context: ServerContext, next: @concurrent (Request, ServerContext) async throws -> Response
    ) async throws -> Response {
        var context = context
        let now = begun.duration(to: clock.now) / .seconds(1)
        do {
            context.viewer = try await gate.viewer(authority: request.head.authority, fields: request.headers)
        } catch {
            if case .refused(let seconds) = strangers.withLock({ $0.take(0, at: now) }) {
                throw APIError.tooMany(after: seconds)
            }
            throw error
        }
        // An operator on loopback is this machine's own programs.
        if gate.needsTokens, case .refused(let seconds) = known.withLock({ $0.take(context.viewer, at: now) }) {
            throw APIError.tooMany(after: seconds)
        }
        return try await next(request, context)
    }
}
