import Foundation

/// A token taken apart, its signature not checked yet. Nothing in it is to be believed but as a hint to the key.
struct SignedToken {
    let algorithm: SigningAlgorithm
    let kid: String?
    let payload: [UInt8]
    let signature: [UInt8]
    /// What the signature is over: the header, a dot and the payload, as they came.
    let message: Substring.UTF8View

    private struct Header: Decodable {
        var alg: String
        var typ: String?
        var kid: String?
    }

    private struct Critical: Decodable {
        let isPresent: Bool

        enum Keys: String, CodingKey { case crit }

        init(from decoder: any Decoder) throws {
            isPresent = try decoder.container(keyedBy: Keys.self).contains(.crit)
        }
    }

    init(_ token: String) throws(TokenDefect) {
        guard token.utf8.count <= TokenVerifier.maximumTokenBytes else { throw .tooLong }
        let parts = token.split(separator: ".", maxSplits: 3, omittingEmptySubsequences: false)
        guard parts.count == 3, let header = Base64URL.decode(parts[0].utf8),
            let payload = Base64URL.decode(parts[1].utf8),
            let signature = Base64URL.decode(parts[2].utf8)
        else { throw .malformed }
        guard let fields = try? JSONDecoder().decode(Header.self, from: Data(header)),
            let critical = try? JSONDecoder().decode(Critical.self, from: Data(header))
        else { throw .malformed }
        // An extension that must be understood, or a kind of token that is not for access, such as a log-out.
        guard !critical.isPresent, Self.types.contains(fields.typ?.lowercased() ?? "jwt") else {
            throw .unsupportedHeader
        }
        guard let algorithm = SigningAlgorithm(rawValue: fields.alg) else { throw .algorithm }
        self.algorithm = algorithm
        kid = fields.kid
        self.payload = payload
        self.signature = signature
        message = token[..<parts[1].endIndex].utf8
    }

    private static let types: Set = ["jwt", "at+jwt", "application/jwt", "application/at+jwt"]
}

extension TokenDefect: Error {}
