/// The keys of a file, as of one state of it.
struct LoadedKeys: Sendable {
    let keys: [VerificationKey]
    /// Keys in the file that are not used, each with the reason.
    let passedOver: [String]
    let state: FileState

    /// The key that a token with this header must be signed with, if there is exactly one.
    func key(for algorithm: SigningAlgorithm, kid: String?) -> VerificationKey? {
        let suited = keys.filter { $0.algorithm == algorithm }
        guard let kid else { return suited.count == 1 ? suited[0] : nil }
        if let named = suited.first(where: { $0.kid == kid }) { return named }
        // A key without a name, as in a PEM file, is meant by whatever name the issuer gives it.
        let nameless = suited.filter { $0.kid == nil }
        return nameless.count == 1 ? nameless[0] : nil
    }
}
