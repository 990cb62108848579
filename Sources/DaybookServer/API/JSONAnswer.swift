import HTTPTypes
import Hummingbird

/// A JSON body and how it may be kept.
struct JSONAnswer {
    static let contentType = "application/json; charset=utf-8"

    let body: JSONValue
    var etag: String?

    var response: Response {
        var headers: HTTPFields = [.contentType: Self.contentType, .cacheControl: "private, no-cache"]
        if let etag { headers[.eTag] = etag }
        return Response(
            status: .ok, headers: headers, body: .init(byteBuffer: ByteBuffer(string: body.text + "\n")))
    }

    /// The answer to who has it already.
    static func notModified(_ etag: String) -> Response {
        Response(status: .notModified, headers: [.eTag: etag, .cacheControl: "private, no-cache"])
    }
}

extension Request {
    /// Whether the client says that it has the answer of this tag.
    func has(_ etag: String) -> Bool {
        guard let tags = headers[.ifNoneMatch] else { return false }
        return tags.split(separator: ",").contains { tag in
            let tag = tag.trimmingSpaces
            return tag == "*" || tag == etag || "W/\(tag)" == etag
        }
    }
}

extension StringProtocol {
    var trimmingSpaces: String {
        String(drop { $0 == " " || $0 == "\t" }.reversed().drop { $0 == " " || $0 == "\t" }.reversed())
    }
}
