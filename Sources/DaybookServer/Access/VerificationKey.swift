import Foundation
import JWTKit

/// One key and the one algorithm that it checks.
struct VerificationKey: Sendable {
    let algorithm: SigningAlgorithm
    /// The key's name in a key set.
    let kid: String?
    private let verifier: any JWTAlgorithm

    static func rsa(_ key: Insecure.RSA.PublicKey, kid: String? = nil) async throws -> VerificationKey {
        let keys = await JWTKeyCollection().add(rsa: key, digestAlgorithm: .sha256)
        return try await VerificationKey(algorithm: .rs256, kid: kid, verifier: keys.getKey())
    }

    static func ecdsa(_ key: ES256PublicKey, kid: String? = nil) async throws -> VerificationKey {
        let keys = await JWTKeyCollection().add(ecdsa: key)
        return try await VerificationKey(algorithm: .es256, kid: kid, verifier: keys.getKey())
    }

    static func eddsa(_ key: EdDSA.PublicKey, kid: String? = nil) async throws -> VerificationKey {
        let keys = await JWTKeyCollection().add(eddsa: key)
        return try await VerificationKey(algorithm: .edDSA, kid: kid, verifier: keys.getKey())
    }

    /// - Precondition: `secret` has at least 32 bytes.
    static func hmac(_ secret: [UInt8], kid: String? = nil) async throws -> VerificationKey {
        precondition(secret.count >= KeyFile.minimumSecretBytes)
        let keys = await JWTKeyCollection().add(hmac: HMACKey(from: secret), digestAlgorithm: .sha256)
        return try await VerificationKey(algorithm: .hs256, kid: kid, verifier: keys.getKey())
    }

    /// Whether `signature` is this key's over `message`. A signature that cannot even be read is not.
    func verifies(_ signature: [UInt8], of message: some Collection<UInt8>) -> Bool {
        (try? verifier.verify(signature, signs: Array(message))) ?? false
    }
}
