import Foundation
import JWTKit

/// The content of a JWKS file (RFC 7517): its keys, and which of them can check tokens.
struct KeySetDocument {
    private let entries: [Entry]
    private let path: String

    /// One key as the file has it. Unknown members are ignored, as the RFC asks.
    private struct Entry: Decodable {
        var kty: String?
        var alg: String?
        var use: String?
        var kid: String?
        var keyOps: [String]?
        var crv: String?
        var n: String?
        var e: String?
        var x: String?
        var y: String?
        var k: String?
        var d: String?
    }

    private struct Document: Decodable {
        var keys: [Entry]
    }

    /// - Throws: ``AccessError/noUsableKey(path:reasons:)`` when the bytes are not a key set or it has too many keys.
    init(_ bytes: [UInt8], path: String) throws(AccessError) {
        let document: Document
        do {
            let decoder = JSONDecoder()
            decoder.keyDecodingStrategy = .convertFromSnakeCase
            document = try decoder.decode(Document.self, from: Data(bytes))
        } catch {
            throw .noUsableKey(path: path, reasons: [#"it is not a JSON object {"keys": [...]} of keys"#])
        }
        guard document.keys.count <= KeyFile.maximumKeys else {
            throw .noUsableKey(path: path, reasons: ["it has more than \(KeyFile.maximumKeys) keys"])
        }
        entries = document.keys
        self.path = path
    }

    /// Whether who reads the file can sign with one of its keys.
    var holdsSecrets: Bool { entries.contains { $0.k != nil || $0.d != nil } }

    func keys() async throws(AccessError) -> (usable: [VerificationKey], passedOver: [String]) {
        var usable: [VerificationKey] = []
        var passedOver: [String] = []
        for (index, entry) in entries.enumerated() {
            let name = entry.kid.map { "kid \($0.prefix(80).debugDescription)" } ?? "key \(index + 1)"
            do throws(Unusable) {
                usable.append(try await Self.key(entry))
            } catch {
                passedOver.append("\(name): \(error.reason)")
            }
        }
        guard !usable.isEmpty else {
            throw .noUsableKey(path: path, reasons: passedOver.isEmpty ? ["it has no keys"] : passedOver)
        }
        var seen: Set<[String]> = []
        for key in usable {
            guard let kid = key.kid else { continue }
            guard seen.insert([key.algorithm.rawValue, kid]).inserted else {
                throw .ambiguousKeys(path: path, kid: kid)
            }
        }
        return (usable, passedOver)
    }

    private struct Unusable: Error {
        var reason: String
    }

    private static func key(_ entry: Entry) async throws(Unusable) -> VerificationKey {
        if let use = entry.use, use != "sig" { throw Unusable(reason: "not for signatures") }
        if let uses = entry.keyOps, !uses.contains("verify") { throw Unusable(reason: "not for verifying") }
        let algorithm = try algorithm(of: entry)
        if let named = entry.alg, named != algorithm.rawValue {
            throw Unusable(reason: "its alg is not \(algorithm.rawValue)")
        }
        do {
            switch algorithm {
            case .rs256:
                return try await .rsa(.init(modulus: entry.n ?? "", exponent: entry.e ?? ""), kid: entry.kid)
            case .es256:
                return try await .ecdsa(.init(parameters: (entry.x ?? "", entry.y ?? "")), kid: entry.kid)
            case .edDSA:
                return try await .eddsa(.init(x: entry.x ?? "", curve: .ed25519), kid: entry.kid)
            case .hs256:
                guard let secret = Base64URL.decode((entry.k ?? "").utf8), secret.count >= KeyFile.minimumSecretBytes
                else {
                    throw Unusable(reason: "its secret has fewer than \(KeyFile.minimumSecretBytes) bytes")
                }
                return try await .hmac(secret, kid: entry.kid)
            }
        } catch let error as Unusable {
            throw error
        } catch {
            throw Unusable(reason: "damaged or too short")
        }
    }

    private static func algorithm(of entry: Entry) throws(Unusable) -> SigningAlgorithm {
        switch (entry.kty, entry.crv) {
        case ("RSA", _): .rs256
        case ("EC", "P-256"): .es256
        case ("OKP", "Ed25519"): .edDSA
        case ("oct", _): .hs256
        default: throw Unusable(reason: "a type of key that is not supported")
        }
    }
}
