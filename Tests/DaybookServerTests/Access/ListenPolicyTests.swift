import HTTPTypes
import Logging
import Testing

@testable import DaybookServer

/// Where the server may listen, and what a request then needs.
struct ListenPolicyTests {
    private static let loopback = [
        "localhost", "LOCALHOST", "127.0.0.1", "127.8.9.255", "::1", "[::1]", "0:0:0:0:0:0:0:1", "::ffff:127.0.0.1",
    ]
    private static let reachable = [
        "", "0.0.0.0", "::", "[::]", "*", "192.168.1.7", "example.com", "127.0.0.1.example.com", "127.evil",
        "127.0.0.256",
        "127.0.0", "127.0.0.1.1", "1127.0.0.1", "localhost.example.com", "127.0.0.+1", "127.0.0.٣", "0127.0.0.1",
        "fe80::1",
    ]

    @Test func withoutTokens() throws {
        for host in Self.loopback { #expect(try ListenPolicy(host: host, settings: nil) == .loopback, "\(host)") }
        for host in Self.reachable {
            #expect {
                try ListenPolicy(host: host, settings: nil)
            } throws: { error in
                "\(error)".contains("Listen on 127.0.0.1") && "\(error)".contains("--jwks")
            }
        }
    }

    @Test func withTokensEverywhere() throws {
        let settings = try AccessSettings(keys: .secret("s"), issuer: "i", audience: "a")
        for host in Self.loopback + Self.reachable {
            #expect(try ListenPolicy(host: host, settings: settings) == .tokens(settings))
        }
    }

    /// Without tokens, a page whose name was made to resolve to this machine gets nothing.
    @Test func authorities() throws {
        for authority in ["localhost", "localhost:8080", "127.0.0.1:80", "127.0.0.1", "[::1]:8080", "[::1]", "::1"] {
            #expect(ListenPolicy.loopback.admits(authority: authority), "\(authority)")
        }
        for authority in [
            nil, "", ":8080", "evil.example", "evil.example:8080", "localhost.evil.example:8080", "localhost:",
            "localhost:x",
            "localhost:+80", "127.0.0.1:1:2", "::1:80", "user@localhost", "localhost:80@evil.example", "[::1]x",
            "localhost:123456",
        ] {
            #expect(!ListenPolicy.loopback.admits(authority: authority), "\(authority ?? "none")")
        }
    }

    @Test func loopbackGate() async throws {
        let gate = try await AccessGate(.loopback, logger: Self.quiet)
        #expect(!gate.needsTokens)
        #expect(try await gate.viewer(authority: "localhost:8080", fields: [:]) == .operator)
        await #expect(throws: AccessRefusal.foreignHost) {
            try await gate.viewer(authority: "evil.example", fields: [:])
        }
    }

    @Test func tokenGate() async throws {
        let folder = try KeyFolder()
        let mint = try await TokenMint.make(.hs256)
        let settings = try AccessSettings(
            keys: .secret(folder.write(TokenMint.secretText)), issuer: TokenMint.issuer, audience: TokenMint.audience)
        let verifier = try await TokenVerifier(settings, logger: Self.quiet, now: { TokenMint.now })
        let gate = AccessGate(verifier: verifier, settings: settings)
        let token = try mint.token()
        for value in ["Bearer \(token)", "bearer \(token)", "BEARER  \(token)", "Bearer \(token) "] {
            #expect(try await gate.viewer(authority: "any", fields: [.authorization: value]) == .user("42"))
        }
        for value in [nil, "", "Bearer", "Bearer ", token, "Basic \(token)", "Bearer\(token)"] as [String?] {
            var fields = HTTPFields()
            fields[.authorization] = value
            await #expect(throws: AccessRefusal.missingToken) { try await gate.viewer(authority: nil, fields: fields) }
        }
        for value in ["Bearer \(token) \(token)", "Bearer x"] {
            await #expect(throws: AccessRefusal.invalidToken(.malformed)) {
                try await gate.viewer(authority: nil, fields: [.authorization: value])
            }
        }
        var twice = HTTPFields()
        twice[values: .authorization] = ["Bearer \(token)", "Bearer \(token)"]
        await #expect(throws: AccessRefusal.missingToken) { try await gate.viewer(authority: nil, fields: twice) }
    }

    private static let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
}
