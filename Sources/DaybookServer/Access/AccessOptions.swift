/// The command line's options about access, before it is known whether they make a configuration.
public struct AccessOptions: Sendable, Equatable {
    /// File with the public key in PEM.
    public var publicKeyFile: String?
    /// File with the secret of HS256, as it is but for one newline at its end.
    public var secretFile: String?
    /// File with a JSON Web Key Set.
    public var keySetFile: String?
    public var issuer: String?
    public var audience: String?
    public var leewaySeconds: Int?
    public var operatorClaim: String?
    public var operatorValue: String?

    package static let publicKeyName = "--jwt-public-key"
    package static let secretName = "--jwt-secret"
    package static let keySetName = "--jwks"
    package static let issuerName = "--jwt-issuer"
    package static let audienceName = "--jwt-audience"
    package static let leewayName = "--jwt-leeway"
    package static let operatorClaimName = "--operator-claim"
    package static let operatorValueName = "--operator-value"

    public init() {}

    /// The settings that the options make, `nil` if none of them is given.
    ///
    /// - Throws: ``AccessError/options(_:)`` when they are incomplete or contradict each other.
    public func settings() throws(AccessError) -> AccessSettings? {
        guard self != AccessOptions() else { return nil }
        let files = [
            publicKeyFile.map(KeyFile.publicKey), secretFile.map(KeyFile.secret), keySetFile.map(KeyFile.keySet),
        ].compactMap(\.self)
        guard let keys = files.first, files.count == 1 else {
            throw .options(
                """
                Tokens are configured with \(files.isEmpty ? "no" : "more than one") key file. Give exactly one of \
                \(Self.publicKeyName), \(Self.secretName) and \(Self.keySetName).
                """)
        }
        return try AccessSettings(
            keys: keys, issuer: issuer ?? "", audience: audience ?? "",
            leewaySeconds: leewaySeconds ?? AccessSettings.defaultLeewaySeconds,
            operatorClaim: operatorClaim ?? AccessSettings.defaultOperatorClaim,
            operatorValue: operatorValue ?? AccessSettings.defaultOperatorValue
        )
    }
}
