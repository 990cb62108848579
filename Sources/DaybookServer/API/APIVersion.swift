import HTTPTypes
import Hummingbird

/// The version of the API: told with every answer, and chosen by the media type.
struct APIVersion: RouterMiddleware {
    typealias Context = ServerContext

    static let header = HTTPField.Name("Daybook-Version")!
    static let current = 1
    private static let prefix = "application/vnd.daybook.v"

    func handle(
        _ request: Request, context: ServerContext, next: @concurrent (Request, ServerContext) async throws -> Response
    ) async throws -> Response {
        let wanted = Self.versions(in: request.headers[values: .accept].joined(separator: ","))
        guard wanted.isEmpty || wanted.contains(String(Self.current)) else {
            var response = APIError(
                .notAcceptable, "unknown_version",
                "This Daybook speaks version \(Self.current) of its API: \(Self.prefix)\(Self.current)+json."
            ).response
            response.headers[Self.header] = "\(Self.current)"
            return response
        }
        var response = try await next(request, context)
        response.headers[Self.header] = "\(Self.current)"
        if !wanted.isEmpty, response.headers[.contentType] == JSONAnswer.contentType {
            response.headers[.contentType] = "\(Self.prefix)\(Self.current)+json"
        }
        return response
    }

    /// The versions that an Accept header names.
    static func versions(in accept: String) -> [String] {
        accept.lowercased().split(separator: ",").compactMap { range in
            let type = range.prefix { $0 != ";" }.trimmingSpaces
            guard type.hasPrefix(prefix), type.hasSuffix("+json") else { return nil }
            return String(type.dropFirst(prefix.count).dropLast("+json".count))
        }
    }
}
