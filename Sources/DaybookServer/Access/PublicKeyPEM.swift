import JWTKit

/// The content of a file named as a public key.
struct PublicKeyPEM {
    private let text: String
    private let path: String

    init(_ text: String, path: String) {
        self.text = text
        self.path = path
    }

    /// The one key of the file, bound to the algorithm of its type.
    func keys() async throws(AccessError) -> [VerificationKey] {
        guard !text.contains("PRIVATE KEY-----") else { throw .privateKey(path: path) }
        guard !text.contains("BEGIN CERTIFICATE-----") else {
            throw .noUsableKey(
                path: path,
                reasons: ["it is a certificate: take its key out with openssl x509 -in FILE -noout -pubkey"])
        }
        let blocks = text.split(separator: "-----BEGIN ", omittingEmptySubsequences: false).count - 1
        guard blocks == 1 else {
            throw .noUsableKey(
                path: path, reasons: [blocks == 0 ? "it is not PEM" : "it has \(blocks) PEM blocks and must have one"])
        }
        // The types of key tell themselves apart: a PEM of one is an error to the others.
        if let key = try? ES256PublicKey(pem: text), let usable = try? await VerificationKey.ecdsa(key) {
            return [usable]
        }
        if let key = try? EdDSA.PublicKey(pem: text), let usable = try? await VerificationKey.eddsa(key) {
            return [usable]
        }
        if let key = try? Insecure.RSA.PublicKey(pem: text), let usable = try? await VerificationKey.rsa(key) {
            return [usable]
        }
        throw .noUsableKey(path: path, reasons: ["its key is damaged, of another type, or too short"])
    }
}
