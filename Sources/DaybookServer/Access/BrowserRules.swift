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
            return secured(Response(status: .init(code: preflight.status), headers: preflight.fields))
        }
        var response = secured(try await next(request, context))
        for field in origins.fields(for: request.headers[.origin]) { response.headers[field.name] = field.value }
        return response
    }

    private func secured(_ response: Response) -> Response {
        var response = response
        let isPage = response.headers[.contentType]?.hasPrefix("text/html") == true
        for field in isPage ? SecurityHeaders.page : SecurityHeaders.data { response.headers[field.name] = field.value }
        return response
    }
}
