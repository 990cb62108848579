import CryptoExtras
import Foundation
import JWTKit

@testable import DaybookServer

/// Makes tokens with a key of its own, right ones and every kind of wrong one.
struct TokenMint: Sendable {
    static let now = 1_800_000_000.0
    static let issuer = "https://issuer.example"
    static let audience = "daybook"
    static let secretText = "0123456789abcdef0123456789abcdef"

    let name: String
    let algorithm: any JWTAlgorithm
    /// The key as a PEM file, empty for a secret.
    var pem = ""
    /// The public members of the key as a JWK.
    var jwk: [String: String]

    /// The same key on each call, made once.
    static let rsa = Task {
        let key = try _RSA.Signing.PrivateKey(keySize: .bits2048)
        let parts = try key.publicKey.getKeyPrimitives()
        return TokenMint(
            name: "RS256",
            algorithm: try await JWTKeyCollection().add(
                rsa: Insecure.RSA.PrivateKey(pem: key.pemRepresentation), digestAlgorithm: .sha256
            ).getKey(),
            pem: key.publicKey.pemRepresentation,
            jwk: ["kty": "RSA", "n": base64(parts.modulus), "e": base64(parts.publicExponent)])
    }

    static func make(_ algorithm: SigningAlgorithm) async throws -> TokenMint {
        switch algorithm {
        case .rs256:
            return try await rsa.value
        case .es256:
            let key = P256.Signing.PrivateKey()
            let raw = key.publicKey.rawRepresentation
            return TokenMint(
                name: "ES256",
                algorithm: try await JWTKeyCollection().add(ecdsa: ES256PrivateKey(pem: key.pemRepresentation))
                    .getKey(),
                pem: key.publicKey.pemRepresentation,
                jwk: ["kty": "EC", "crv": "P-256", "x": base64(raw.prefix(32)), "y": base64(raw.suffix(32))])
        case .edDSA:
            let key = Curve25519.Signing.PrivateKey()
            return TokenMint(
                name: "EdDSA",
                algorithm: try await JWTKeyCollection().add(eddsa: EdDSA.PrivateKey(backing: key)).getKey(),
                pem: key.publicKey.pemRepresentation,
                jwk: ["kty": "OKP", "crv": "Ed25519", "x": base64(key.publicKey.rawRepresentation)])
        case .hs256:
            return try await hmac(secretText)
        }
    }

    static func hmac(_ secret: String) async throws -> TokenMint {
        TokenMint(
            name: "HS256",
            algorithm: try await JWTKeyCollection().add(hmac: HMACKey(from: secret), digestAlgorithm: .sha256).getKey(),
            jwk: ["kty": "oct", "k": base64(Data(secret.utf8))])
    }

    /// The claims of a token that is right, with some of them replaced. A value is JSON; an empty one leaves the claim out.
    static func claims(_ changes: [String: String] = [:]) -> String {
        var claims = [
            "iss": #""\#(issuer)""#, "aud": #""\#(audience)""#, "sub": #""42""#, "exp": "\(Int(now) + 600)",
        ]
        claims.merge(changes) { $1 }
        let members = claims.filter { !$0.value.isEmpty }.sorted { $0.key < $1.key }.map {
            #""\#($0.key)":\#($0.value)"#
        }
        return "{\(members.joined(separator: ","))}"
    }

    func token(_ changes: [String: String] = [:], kid: String? = nil) throws -> String {
        let member = kid.map { #","kid":"\#($0)""# } ?? ""
        return try token(header: #"{"alg":"\#(name)","typ":"JWT"\#(member)}"#, payload: Self.claims(changes))
    }

    /// A token of any header and payload, signed rightly.
    func token(header: String, payload: String) throws -> String {
        let message = "\(Self.base64(Data(header.utf8))).\(Self.base64(Data(payload.utf8)))"
        return "\(message).\(Self.base64(Data(try algorithm.sign(Data(message.utf8)))))"
    }

    static func base64(_ data: some DataProtocol) -> String {
        Data(data).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }

    static func keySet(_ keys: [[String: String]]) throws -> String {
        String(decoding: try JSONSerialization.data(withJSONObject: ["keys": keys]), as: UTF8.self)
    }

    func jwk(kid: String?, _ more: [String: String] = [:]) -> [String: String] {
        jwk.merging(more) { $1 }.merging(kid.map { ["kid": $0] } ?? [:]) { $1 }
    }
}
