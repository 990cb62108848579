/// The content of a file named as a shared secret.
struct SharedSecret {
    private let bytes: [UInt8]
    private let path: String

    init(_ content: [UInt8], path: String) {
        var bytes = content[...]
        if bytes.last == UInt8(ascii: "\n") { bytes.removeLast() }
        if bytes.last == UInt8(ascii: "\r") { bytes.removeLast() }
        self.bytes = Array(bytes)
        self.path = path
    }

    func keys() async throws(AccessError) -> [VerificationKey] {
        let start = String(decoding: bytes.prefix(64), as: UTF8.self)
        let publicForms = [
            ("-----BEGIN", "a PEM file"), ("{", "JSON"), ("ssh-", "a public key of SSH"),
            ("ecdsa-", "a public key of SSH"),
        ]
        for (prefix, found) in publicForms where start.hasPrefix(prefix) {
            throw .notASecret(path: path, found: found)
        }
        guard bytes.count >= KeyFile.minimumSecretBytes else { throw .weakSecret(path: path, bytes: bytes.count) }
        do {
            return [try await .hmac(bytes)]
        } catch {
            throw .noUsableKey(path: path, reasons: [])
        }
    }
}
