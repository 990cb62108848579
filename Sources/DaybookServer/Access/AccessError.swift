/// Why access to this server could not be configured. Every description says what is wrong and what to do, and none
/// contains anything of a key.
public enum AccessError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The options do not make a configuration.
    case options(String)
    /// The file could not be opened or read; `reason` is the system's.
    case unreadable(path: String, reason: String)
    case notAFile(path: String)
    case tooLarge(path: String, limit: Int)
    /// A file that holds a secret grants more than its owner and group reading it.
    case exposed(path: String, mode: String)
    /// Anybody on this machine could put a key of their own into the file.
    case writable(path: String, mode: String)
    case weakSecret(path: String, bytes: Int)
    /// The file named as a secret holds something else, which may be public.
    case notASecret(path: String, found: String)
    case privateKey(path: String)
    /// Nothing in the file can check a token; `reasons` names what was passed over and why.
    case noUsableKey(path: String, reasons: [String])
    /// Two keys that one token could mean.
    case ambiguousKeys(path: String, kid: String)

    public var description: String {
        switch self {
        case .options(let text):
            text
        case .unreadable(let path, let reason):
            "The key file \(path) cannot be read: \(reason). Name a file that exists and that the daemon's user may read."
        case .notAFile(let path):
            "The key file \(path) is not a regular file. Name a file that holds the key."
        case .tooLarge(let path, let limit):
            "The key file \(path) is larger than \(limit) bytes, so it is not a key. Name the right file."
        case .exposed(let path, let mode):
            """
            The secret in \(path) gives its group more than reading, or others anything (mode \(mode)), and whoever has it can \
            make tokens. Run chmod 0600 on the file, and replace the secret if others may have read it.
            """
        case .writable(let path, let mode):
            """
            Every user of this machine may write the key file \(path) (mode \(mode)), and so put in a key of their own. Run \
            chmod 0644 on the file, and check what it holds.
            """
        case .weakSecret(let path, let bytes):
            """
            The secret in \(path) has \(bytes) bytes; HS256 needs at least \(KeyFile.minimumSecretBytes), or tokens can be \
            guessed. Make one with: openssl rand -base64 48.
            """
        case .notASecret(let path, let found):
            """
            \(path) is named as a shared secret but holds \(found). A public key used as a secret would let anyone make \
            tokens. Name a PEM file with \(AccessOptions.publicKeyName), a JWKS file with \(AccessOptions.keySetName).
            """
        case .privateKey(let path):
            """
            \(path) holds a private key, and checking tokens needs only the public one. Write that to a file with \
            openssl pkey -in KEY -pubout, and name that file.
            """
        case .noUsableKey(let path, let reasons):
            """
            \(path) holds no key that can check tokens\(reasons.isEmpty ? "" : " (\(reasons.joined(separator: "; ")))"). Usable \
            are RSA of at least 2048 bits (RS256), EC P-256 (ES256), Ed25519 (EdDSA)\
            , and in a JWKS file also oct of at least \(KeyFile.minimumSecretBytes) bytes (HS256).
            """
        case .ambiguousKeys(let path, let kid):
            "\(path) has two keys for one algorithm with the same kid \(kid.debugDescription). Give each key its own kid."
        }
    }
}
