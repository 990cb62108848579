import Foundation
public import Logging

/// Tells who the bearer of a token is.
///
/// A token is believed when a key of the key file has signed it with the one algorithm of that key, it names the configured issuer and
/// audience, and it has an end that has not come. The keys follow their file while the server runs.
public struct TokenVerifier: Sendable {
    public static let maximumTokenBytes = 8192

    private let settings: AccessSettings
    private let keys: KeyStore
    private let now: @Sendable () -> Double

    /// - Parameter now: The time in seconds since 1970, in place of the machine's clock.
    /// - Throws: ``AccessError`` when the key file cannot be used.
    public init(
        _ settings: AccessSettings, logger: Logger,
        now: (@Sendable () -> Double)? = nil
    ) async throws(AccessError) {
        self.settings = settings
        self.now = now ?? { Date().timeIntervalSince1970 }
        keys = try await KeyStore(settings.keys, logger: logger)
    }

    /// Why the key file, as it is now, is not in force; `nil` when it is.
    public var keyProblem: AccessError? {
        get async { await keys.problem }
    }

    /// Who sends this token.
    ///
    /// - Throws: ``AccessRefusal/invalidToken(_:)``, whatever the text is.
    public func viewer(token: String) async throws(AccessRefusal) -> Viewer {
        do throws(TokenDefect) {
            return try await believed(token)
        } catch {
            throw .invalidToken(error)
        }
    }

    private func believed(_ token: String) async throws(TokenDefect) -> Viewer {
        let token = try SignedToken(token)
        let keys = await keys.current()
        guard let key = keys.key(for: token.algorithm, kid: token.kid) else {
            throw keys.keys.contains { $0.algorithm == token.algorithm } ? .unknownKey : .algorithm
        }
        guard key.verifies(token.signature, of: token.message) else { throw .signature }
        guard let claims = TokenClaims(token.payload, operatorClaim: settings.operatorClaim) else { throw .malformed }
        if let defect = claims.defect(under: settings, now: now()) { throw defect }
        guard let viewer = claims.viewer(under: settings) else { throw .subject }
        return viewer
    }
}
