import HTTPTypes
import Hummingbird

/// The description of the API for programs, OpenAPI 3.1: the file `openapi.json` beside this one.
enum OpenAPIDocument {
    static let bytes = PackageResources.openapi_json

    /// Changes with the text only.
    private static let etag = "\"\(String(Digest64(bytes).value, radix: 36))\""

    static func answer(to request: Request) -> Response {
        if request.has(etag) { return JSONAnswer.notModified(etag) }
        return Response(
            status: .ok,
            headers: [.contentType: JSONAnswer.contentType, .cacheControl: "private, no-cache", .eTag: etag],
            body: .init(byteBuffer: ByteBuffer(bytes: bytes))
        )
    }
}
