/// Which tokens this server believes, and what makes an operator of their bearer. A value of this type is complete: there is no
/// configuration that checks less than issuer, audience, signature and end.
public struct AccessSettings: Sendable, Equatable {
    public static let defaultLeewaySeconds = 30
    public static let defaultOperatorClaim = "role"
    public static let defaultOperatorValue = "operator"

    public let keys: KeyFile
    /// What the claim `iss` must be.
    public let issuer: String
    /// What the claim `aud` must be or contain.
    public let audience: String
    /// By how much the clocks of issuer and server may differ.
    public let leewaySeconds: Int
    /// The claim that is or contains ``operatorValue`` in an operator's token.
    public let operatorClaim: String
    public let operatorValue: String

    /// - Throws: ``AccessError/options(_:)`` for an empty issuer, audience, claim or value, and a leeway outside 0…300 seconds.
    ///   The key file is not looked at; see ``KeyFile/load()``.
    public init(
        keys: KeyFile, issuer: String, audience: String, leewaySeconds: Int = defaultLeewaySeconds,
        operatorClaim: String = defaultOperatorClaim, operatorValue: String = defaultOperatorValue
    ) throws(AccessError) {
        let required = [
            (AccessOptions.issuerName, issuer, "who issues the tokens, as in their claim iss"),
            (AccessOptions.audienceName, audience, "whom the tokens are for, as in their claim aud"),
            (AccessOptions.operatorClaimName, operatorClaim, "the claim that tells operators from users"),
            (AccessOptions.operatorValueName, operatorValue, "the value of that claim in an operator's token"),
        ]
        for (option, value, meaning) in required where value.isEmpty {
            throw .options("Tokens are configured without \(option). Give it: \(meaning).")
        }
        guard (0...300).contains(leewaySeconds) else {
            throw .options(
                "\(AccessOptions.leewayName) is \(leewaySeconds). Give the seconds that clocks may differ, from 0 to 300."
            )
        }
        self.keys = keys
        self.issuer = issuer
        self.audience = audience
        self.leewaySeconds = leewaySeconds
        self.operatorClaim = operatorClaim
        self.operatorValue = operatorValue
    }
}
