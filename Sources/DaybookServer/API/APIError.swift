import HTTPTypes
import Hummingbird

/// What a request is answered with when it cannot be answered.
///
/// The message says what is wrong and what to do, in words for whoever wrote the request. It quotes the request at most, and
/// never a row, a statement or a token.
struct APIError: Error, Sendable, Equatable {
    var status: HTTPResponse.Status
    var code: String
    var message: String
    /// The parameter of the query that is wrong.
    var parameter: String?
    /// Seconds after which to try again.
    var retryAfter: Int?
    /// The header `WWW-Authenticate`.
    var challenge: String?

    init(
        _ status: HTTPResponse.Status, _ code: String, _ message: String, parameter: String? = nil,
        retryAfter: Int? = nil
    ) {
        self.status = status
        self.code = code
        self.message = message
        self.parameter = parameter
        self.retryAfter = retryAfter
    }

    static func bad(_ code: String, _ message: String, parameter: String?) -> APIError {
        APIError(.badRequest, code, message, parameter: parameter)
    }

    static func forbidden(_ message: String, parameter: String? = nil) -> APIError {
        APIError(.forbidden, "forbidden", message, parameter: parameter)
    }

    static func unavailable(_ code: String, _ message: String) -> APIError {
        APIError(.serviceUnavailable, code, message, retryAfter: 1)
    }

    init(_ refusal: AccessRefusal) {
        self.init(.init(code: refusal.status), refusal.code, refusal.description)
        challenge = refusal.challenge
    }

    static func tooMany(after seconds: Int) -> APIError {
        APIError(
            .tooManyRequests, "too_many_requests", "Too many requests in a short time. Try again in \(seconds) s.",
            retryAfter: seconds
        )
    }

    static func headersTooLong(_ limit: Int) -> APIError {
        APIError(
            .requestHeaderFieldsTooLarge, "headers_too_long",
            "The headers are longer than \(limit) bytes together, or too many. Send fewer."
        )
    }

    var json: JSONValue {
        var error: [(String, JSONValue)] = [("code", .string(code)), ("message", .string(message))]
        if let parameter { error.append(("parameter", .string(parameter))) }
        return .object([("error", .object(error))])
    }
}
