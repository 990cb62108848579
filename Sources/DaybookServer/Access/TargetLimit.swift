import HTTPTypes
import Hummingbird

/// Refuses addresses longer than any that this server hands out.
struct TargetLimit: RouterMiddleware {
    typealias Context = ServerContext

    let bytes: Int

    func handle(
        _ request: Request, context: ServerContext, next: @concurrent (Request, ServerContext) async throws -> Response
    ) async throws -> Response {
        guard request.uri.string.utf8.count <= bytes else {
            throw APIError(.uriTooLong, "address_too_long", "The address is longer than \(bytes) bytes. Shorten it.")
        }
        return try await next(request, context)
    }
}
