import ArgumentParser
import DaybookServer

/// Who may ask, where the daemon listens beyond loopback.
struct TokenOptions: ParsableArguments {
    @Option(name: .customLong("jwt-public-key"), help: "File with the PEM public key that tokens are verified by.")
    var publicKeyFile: String?

    @Option(name: .customLong("jwt-secret"), help: "File with the secret of HS256 tokens, at least 32 bytes.")
    var secretFile: String?

    @Option(name: .customLong("jwks"), help: "File with a JSON Web Key Set. Key files are read again when they change.")
    var keySetFile: String?

    @Option(name: .customLong("jwt-issuer"), help: "What a token's iss has to be.")
    var issuer: String?

    @Option(name: .customLong("jwt-audience"), help: "What a token's aud has to contain.")
    var audience: String?

    @Option(name: .customLong("jwt-leeway"), help: "Seconds that clocks may be apart (default: 30).")
    var leewaySeconds: Int?

    @Option(name: .customLong("operator-claim"), help: "The claim that tells operators (default: role).")
    var operatorClaim: String?

    @Option(name: .customLong("operator-value"), help: "Its value for them (default: operator).")
    var operatorValue: String?

    @Option(
        name: .customLong("cors-origin"), help: "A site whose pages may read the API; may be given several times.")
    var origins: [String] = []

    var options: AccessOptions {
        var options = AccessOptions()
        options.publicKeyFile = publicKeyFile
        options.secretFile = secretFile
        options.keySetFile = keySetFile
        options.issuer = issuer
        options.audience = audience
        options.leewaySeconds = leewaySeconds
        options.operatorClaim = operatorClaim
        options.operatorValue = operatorValue
        return options
    }

    func access() throws -> ServerAccess {
        var access = ServerAccess()
        access.origins = try CORSPolicy(origins: origins)
        return access
    }
}
