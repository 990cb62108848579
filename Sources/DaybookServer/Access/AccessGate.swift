public import HTTPTypes
public import Logging

/// What every request passes first: it turns the request's headers into a ``Viewer``, or refuses.
public struct AccessGate: Sendable {
    private let policy: ListenPolicy
    /// Present exactly when the policy asks for tokens.
    private let verifier: TokenVerifier?

    /// - Throws: ``AccessError`` when the key file cannot be used.
    public init(_ policy: ListenPolicy, logger: Logger) async throws(AccessError) {
        self.policy = policy
        switch policy {
        case .loopback: verifier = nil
        case .tokens(let settings): verifier = try await TokenVerifier(settings, logger: logger)
        }
    }

    /// For a test, or a server that has a verifier already.
    package init(verifier: TokenVerifier, settings: AccessSettings) {
        policy = .tokens(settings)
        self.verifier = verifier
    }

    /// Whether requests need a token.
    public var needsTokens: Bool { verifier != nil }

    /// Why the key file, as it is now, is not in force; `nil` when it is or there is none.
    public var keyProblem: AccessError? {
        get async { await verifier?.keyProblem }
    }

    /// Who sends a request.
    ///
    /// Tokens are taken from the header `Authorization` and from nowhere else: what stands in an address ends up in logs and histories.
    ///
    /// - Parameters:
    ///   - authority: The request's `Host` header or `:authority`.
    ///   - fields: The request's headers.
    /// - Throws: ``AccessRefusal`` of status 401, or ``AccessRefusal/foreignHost``.
    public func viewer(authority: String?, fields: HTTPFields) async throws(AccessRefusal) -> Viewer {
        guard let verifier else {
            guard policy.admits(authority: authority) else { throw .foreignHost }
            return .operator
        }
        let values = fields[values: .authorization]
        guard let value = values.first, values.count == 1 else { throw .missingToken }
        guard let token = Self.bearerToken(in: value) else { throw .missingToken }
        return try await verifier.viewer(token: token)
    }

    /// The token of a header `Bearer TOKEN`; the scheme's case does not matter.
    static func bearerToken(in value: String) -> String? {
        let parts = value.split(separator: " ", maxSplits: 1)
        guard parts.count == 2, parts[0].lowercased() == "bearer" else { return nil }
        let token = parts[1].drop { $0 == " " }
        return token.isEmpty ? nil : String(token)
    }
}
