import HTTPTypes
import Hummingbird

/// Refuses addresses longer than any that this server hands out, and requests with a body, which nothing here reads.
struct SizeLimits: RouterMiddleware {
    typealias Context = ServerContext

    private let limits: RequestLimits

    init(_ limits: RequestLimits) {
        self.limits = limits
    }

    func handle(
        _ request: Request, context: ServerContext, next: @concurrent (Request, ServerContext) async throws -> Response
    ) async throws -> Response {
        guard request.uri.string.utf8.count <= limits.targetBytes else {
            throw APIError(
                .uriTooLong, "address_too_long", "The address is longer than \(limits.targetBytes) bytes. Shorten it.")
        }
        // A length that is no number at all has been refused by the parser.
        guard request.headers[.contentLength].flatMap(Int.init) ?? 0 <= limits.bodyBytes else {
            throw APIError(
                .contentTooLarge, "body_too_long",
                "The body is longer than \(limits.bodyBytes) bytes, and nothing here reads one. Leave it out.")
        }
        return try await next(request, context)
    }
}
