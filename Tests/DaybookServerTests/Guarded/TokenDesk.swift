import HTTPTypes
import Logging

@testable import DaybookServer

/// Who sends a request, as far as its token tells.
enum Caller: String, Sendable, CaseIterable {
    case nobody
    case user
    case otherUser
    case `operator`
}

/// Real tokens, and the gate that believes them.
struct TokenDesk: Sendable {
    static let user = "101"
    static let otherUser = "770077"

    let gate: AccessGate
    let mint: TokenMint
    private let folder: KeyFolder

    init() async throws {
        folder = try KeyFolder()
        mint = try await TokenMint.make(.hs256)
        let settings = try AccessSettings(
            keys: .secret(try folder.write(TokenMint.secretText)), issuer: TokenMint.issuer,
            audience: TokenMint.audience
        )
        let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        gate = AccessGate(
            verifier: try await TokenVerifier(settings, logger: quiet, now: { TokenMint.now }), settings: settings)
    }

    /// The headers of a request from somebody.
    func fields(_ caller: Caller) throws -> HTTPFields {
        switch caller {
        case .nobody: [:]
        case .user: try fields(subject: Self.user)
        case .otherUser: try fields(subject: Self.otherUser)
        case .operator: try bearer(mint.token(["role": #""operator""#]))
        }
    }

    func fields(subject: String) throws -> HTTPFields {
        bearer(try mint.token(["sub": JSONValue.string(subject).text]))
    }

    func bearer(_ token: String) -> HTTPFields { [.authorization: "Bearer \(token)"] }
}
