/// The signature algorithms that this server accepts. Each belongs to one type of key, so what a token says about its algorithm can
/// only agree with the key or be refused.
public enum SigningAlgorithm: String, Sendable, CaseIterable {
    case hs256 = "HS256"
    case rs256 = "RS256"
    case es256 = "ES256"
    case edDSA = "EdDSA"
}
