/// What is wrong with a token.
public enum TokenDefect: Sendable, Equatable, CaseIterable {
    case tooLong, malformed, unsupportedHeader, algorithm, unknownKey, signature
    case noExpiry, expired, notYetValid, issuedInTheFuture, issuer, audience, subject

    /// One sentence without its full stop, in characters that a quoted header value may have.
    public var summary: String {
        switch self {
        case .tooLong: "The token is longer than \(TokenVerifier.maximumTokenBytes) bytes"
        case .malformed: "The token is not a JSON Web Token"
        case .unsupportedHeader: "The header of the token asks for what this server does not support"
        case .algorithm: "The algorithm of the token is not that of a key of this server"
        case .unknownKey: "The token does not name a key of this server"
        case .signature: "The signature of the token is not valid"
        case .noExpiry: "The token has no end (exp)"
        case .expired: "The token has expired"
        case .notYetValid: "The token is not valid yet (nbf)"
        case .issuedInTheFuture: "The token was issued in the future (iat)"
        case .issuer: "The token comes from another issuer (iss)"
        case .audience: "The token is for another audience (aud)"
        case .subject: "The token names no user (sub)"
        }
    }

    /// What to do, one sentence.
    public var remedy: String {
        switch self {
        case .tooLong, .malformed, .unsupportedHeader, .issuer, .audience:
            "Send a token that was issued for this server."
        case .algorithm, .unknownKey, .signature:
            "Get a token from the configured issuer; if it is, the server's key file is out of date."
        case .expired: "Get a new token."
        case .noExpiry, .subject: "Have the issuer put the claim in."
        case .notYetValid, .issuedInTheFuture: "Set the clocks of the issuer and of this server right, or wait."
        }
    }
}
