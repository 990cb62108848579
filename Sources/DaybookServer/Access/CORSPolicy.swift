public import HTTPTypes

/// Which other sites' pages may read the API. None, unless listed.
///
/// Credentials of the browser's own (cookies) are never allowed: a page of a listed site sends its token itself.
public struct CORSPolicy: Sendable, Equatable {
    /// What to answer to a preflight request.
    public struct Preflight: Sendable, Equatable {
        public var status: Int
        public var fields: HTTPFields
    }

    public static let off = CORSPolicy()

    private let origins: Set<String>

    private init() { origins = [] }

    /// - Parameter origins: Origins as browsers send them, such as `https://stats.example.com` or `http://localhost:5173`.
    /// - Throws: ``AccessError/options(_:)`` for what is not an origin: a wildcard, `null`, a path, capitals, a default port.
    public init(origins: [String]) throws(AccessError) {
        for origin in origins where !Self.isOrigin(origin) {
            throw .options(
                """
                \(origin.debugDescription) is not an origin as browsers send it. Give scheme, host in small letters and a port \
                other than the default, such as https://stats.example.com or http://localhost:5173, without a path.
                """)
        }
        self.origins = Set(origins)
    }

    public var isOff: Bool { origins.isEmpty }

    /// The headers that an answer to a request with this header `Origin` gets in addition; none when CORS is off.
    ///
    /// `Vary: Origin` comes with every answer while CORS is on, or a cache would give one site's answer to another.
    public func fields(for origin: String?) -> HTTPFields {
        guard !isOff else { return HTTPFields() }
        var fields = HTTPFields()
        fields[.vary] = "Origin"
        guard let origin, allows(origin) else { return fields }
        fields[.accessControlAllowOrigin] = origin
        fields[.accessControlExposeHeaders] = "Daybook-Version, ETag, Retry-After"
        return fields
    }

    /// The answer to an `OPTIONS` request; `nil` when it is not a preflight or CORS is off, and the method is simply not allowed.
    public func preflight(_ request: HTTPFields) -> Preflight? {
        guard !isOff, let origin = request[.origin], let method = request[.accessControlRequestMethod] else {
            return nil
        }
        var fields = fields(for: origin)
        fields[.vary] = "Origin, Access-Control-Request-Method, Access-Control-Request-Headers"
        let asked = (request[values: .accessControlRequestHeaders].joined(separator: ",")).lowercased()
            .split { $0 == "," || $0 == " " || $0 == "\t" }
        guard allows(origin), Self.methods.contains(method), asked.allSatisfy({ Self.headers.contains(String($0)) })
        else {
            fields[.accessControlAllowOrigin] = nil
            fields[.accessControlExposeHeaders] = nil
            return Preflight(status: 403, fields: fields)
        }
        fields[.accessControlExposeHeaders] = nil
        fields[.accessControlAllowMethods] = Self.methods.joined(separator: ", ")
        fields[.accessControlAllowHeaders] = Self.headers.joined(separator: ", ")
        fields[.accessControlMaxAge] = "600"
        return Preflight(status: 204, fields: fields)
    }

    private static let methods = ["GET", "HEAD"]
    private static let headers = ["accept", "authorization", "cache-control", "if-none-match", "last-event-id"]

    private func allows(_ origin: String) -> Bool { origins.contains { $0.utf8.elementsEqual(origin.utf8) } }

    private static func isOrigin(_ text: String) -> Bool {
        let schemes = [("https://", "443"), ("http://", "80")]
        guard let (scheme, defaultPort) = schemes.first(where: { text.hasPrefix($0.0) }) else { return false }
        let rest = text.dropFirst(scheme.count)
        let host: Substring
        let after: Substring
        if rest.hasPrefix("[") {
            guard let end = rest.firstIndex(of: "]") else { return false }
            host = rest[rest.index(after: rest.startIndex)..<end]
            after = rest[rest.index(after: end)...]
            guard host.utf8.allSatisfy({ Self.isAddressByte($0) }) else { return false }
        } else {
            host = rest.prefix { $0 != ":" }
            after = rest[host.endIndex...]
            guard host.utf8.allSatisfy({ Self.isNameByte($0) }) else { return false }
        }
        guard !host.isEmpty else { return false }
        if after.isEmpty { return true }
        let port = after.dropFirst()
        return after.hasPrefix(":") && !port.hasPrefix("0") && port.utf8.allSatisfy { (48...57).contains($0) }
            && UInt16(port) != nil && port != defaultPort
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        (97...122).contains(byte) || (48...57).contains(byte) || byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".")
    }

    private static func isAddressByte(_ byte: UInt8) -> Bool {
        (97...102).contains(byte) || (48...58).contains(byte) || byte == UInt8(ascii: ".")
    }
}
