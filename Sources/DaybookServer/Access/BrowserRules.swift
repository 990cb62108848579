import HTTPTypes
import Hummingbird

/// What browsers may do with an answer: headers on every one, and other sites' pages where they are listed.
struct BrowserRules: RouterMiddleware {
    typealias Context = ServerContext

    let origins: CORSPolicy

    func handle(
        _ request: Request, context: ServerContext, next: @concurrent (Request, ServerContext) async throws -> Response
    ) async throws -> Response {
        if request.method == .options, let preflight = origins.preflight(request.headers) {
            return Response(status: .init(code: preflight.status), headers: preflight.fields)
        }
        var response = try await next(request, context)
        let isPage = response.headers[.contentType]?.hasPrefix("text/html") == true
        for field in isPage ? SecurityHeaders.page : SecurityHeaders.data { response.headers[field.name] = field.value }
        for field in origins.fields(for: request.headers[.origin]) { response.headers[field.name] = field.value }
        return response
    }
}
