import HTTPTypes
import Hummingbird
import Logging
import PostgresClient

/// Turns whatever a handler throws into an answer in the API's shape.
struct ErrorAnswers: RouterMiddleware {
    typealias Context = ServerContext

    let logger: Logger

    func handle(
        _ request: Request, context: ServerContext, next: @concurrent (Request, ServerContext) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch let error as CancellationError {
            throw error
        } catch {
            let answer = answer(to: error, of: request)
            if answer.status == .internalServerError || answer.code == "database_unavailable" {
                logger.error("a request failed", metadata: ["path": "\(request.uri.path)", "because": "\(error)"])
            }
            return answer.response
        }
    }

    private func answer(to error: any Error, of request: Request) -> APIError {
        switch error {
        case let error as APIError: return error
        case let error as AccessRefusal: return APIError(error)
        // The router knows no other methods, and calls them unknown paths.
        case let error as HTTPError where error.status == .notFound && ![.get, .head].contains(request.method):
            return Self.answer(to: .methodNotAllowed)
        case let error as HTTPError: return Self.answer(to: error.status)
        case let error as PostgresError: return Self.answer(to: error)
        default:
            return APIError(.internalServerError, "internal", "This is a fault of Daybook's. Its log says more.")
        }
    }

    private static func answer(to status: HTTPResponse.Status) -> APIError {
        switch status {
        case .notFound:
            APIError(.notFound, "not_found", "There is nothing at this path. /api/openapi.json lists what there is.")
        case .methodNotAllowed: APIError(.methodNotAllowed, "method_not_allowed", "This answers GET and HEAD only.")
        default: APIError(status, "refused", "The request cannot be answered: \(status.reasonPhrase).")
        }
    }

    private static func answer(to error: PostgresError) -> APIError {
        switch (error.code, error.sqlState) {
        case (.server, "57014"):
            APIError(
                .serviceUnavailable, "too_slow",
                "The database took too long. Ask for fewer days, or filter by a dimension.", retryAfter: 10
            )
        case (.server, let state?) where !["53", "57", "58", "40"].contains(state.prefix(2)):
            APIError(
                .internalServerError, "internal",
                "The database refused the statement (SQLSTATE \(state)). Daybook's log says more."
            )
        default:
            APIError(
                .serviceUnavailable, "database_unavailable", "The database cannot be reached. Try again in a second.",
                retryAfter: 1
            )
        }
    }
}

extension APIError {
    var response: Response {
        var headers: HTTPFields = [.contentType: JSONAnswer.contentType, .cacheControl: "no-store"]
        if let retryAfter { headers[.retryAfter] = "\(retryAfter)" }
        if let challenge { headers[.wwwAuthenticate] = challenge }
        if status == .methodNotAllowed { headers[.allow] = "GET, HEAD" }
        return Response(
            status: status, headers: headers, body: .init(byteBuffer: ByteBuffer(string: json.text + "\n")))
    }
}
