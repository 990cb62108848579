/// A file with the key or keys that tokens are checked with.
public enum KeyFile: Sendable, Equatable {
    /// A public key in PEM (`BEGIN PUBLIC KEY`): RSA, EC P-256 or Ed25519.
    case publicKey(String)
    /// The bytes of an HS256 secret, without one newline at the end.
    case secret(String)
    /// A JSON Web Key Set, of at most ``maximumKeys`` keys.
    case keySet(String)

    public static let minimumSecretBytes = 32
    public static let maximumKeys = 64
    static let maximumBytes = 1 << 20

    public var path: String {
        switch self {
        case .publicKey(let path), .secret(let path), .keySet(let path): path
        }
    }

    /// Reads the keys, and the state that the file was in when they were read.
    ///
    /// - Throws: ``AccessError`` when the file cannot be read, may be read or written by too many, or has no usable key.
    func load() async throws(AccessError) -> LoadedKeys {
        let file = try FileContent(path: path, limit: Self.maximumBytes)
        let mode = file.state.permissions
        guard mode & 0o002 == 0 else { throw .writable(path: path, mode: file.state.octalPermissions) }
        let keys: [VerificationKey]
        let isSecret: Bool
        var passedOver: [String] = []
        switch self {
        case .publicKey:
            (keys, isSecret) = (try await PublicKeyPEM(file.text, path: path).keys(), false)
        case .secret:
            (keys, isSecret) = (try await SharedSecret(file.bytes, path: path).keys(), true)
        case .keySet:
            let set = try KeySetDocument(file.bytes, path: path)
            (keys, passedOver) = try await set.keys()
            isSecret = set.holdsSecrets
        }
        // Read and write for the owner, read for a group: what secrets are mounted with.
        guard !isSecret || mode & 0o037 == 0 else { throw .exposed(path: path, mode: file.state.octalPermissions) }
        return LoadedKeys(keys: keys, passedOver: passedOver, state: file.state)
    }
}
