import Foundation
import Logging
import Testing

@testable import DaybookServer

/// Choosing a key from a JWKS file, and following the file while it changes.
struct KeySetTests {
    private static func verifier(_ path: String) async throws -> TokenVerifier {
        try await TokenVerifier(
            AccessSettings(keys: .keySet(path), issuer: TokenMint.issuer, audience: TokenMint.audience),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, now: { TokenMint.now })
    }

    private static func defect(_ verifier: TokenVerifier, _ token: String) async -> TokenDefect? {
        do {
            _ = try await verifier.viewer(token: token)
        } catch .invalidToken(let defect) {
            return defect
        } catch {
            Issue.record("refused otherwise: \(error)")
        }
        return nil
    }

    @Test func choosesByKid() async throws {
        let folder = try KeyFolder()
        let (rsa, first, second) = try await (TokenMint.make(.rs256), TokenMint.make(.es256), TokenMint.make(.es256))
        let (ed, secret) = try await (TokenMint.make(.edDSA), TokenMint.make(.hs256))
        let verifier = try await Self.verifier(
            folder.write(
                TokenMint.keySet([
                    rsa.jwk(kid: "r", ["alg": "RS256", "use": "sig"]), first.jwk(kid: "1"), second.jwk(kid: "2"),
                    ed.jwk(kid: "shared"), secret.jwk(kid: "shared"),
                ])))
        for (mint, kid) in [(rsa, "r"), (first, "1"), (second, "2"), (ed, "shared"), (secret, "shared"), (rsa, nil)] {
            #expect(await Self.defect(verifier, try mint.token(kid: kid)) == nil, "\(mint.name) \(kid ?? "no kid")")
        }
        #expect(await Self.defect(verifier, try first.token(kid: "2")) == .signature)
        #expect(await Self.defect(verifier, try first.token(kid: "3")) == .unknownKey)
        #expect(await Self.defect(verifier, try first.token(kid: "r")) == .unknownKey)
        // Two keys of the algorithm, and the token does not say which.
        #expect(await Self.defect(verifier, try first.token()) == .unknownKey)
    }

    @Test func passesOverWhatItCannotUse() async throws {
        let folder = try KeyFolder()
        let ed = try await TokenMint.make(.edDSA)
        let path = try folder.write(
            TokenMint.keySet([
                ["kty": "EC", "crv": "P-384", "kid": "a"], ["kty": "new", "kid": "b"], [:],
                ["kty": "RSA", "n": "AQAB", "e": "AQAB"],
                ["kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"], ed.jwk(kid: "e", ["use": "enc"]),
                ed.jwk(kid: "f", ["alg": "ES256"]), ["kty": "oct", "k": "c2hvcnQ"],
                ["kty": "OKP", "crv": "Ed25519", "x": "!"],
                ed.jwk(kid: "good"),
            ]))
        let keys = try await KeyFile.keySet(path).load()
        #expect(keys.keys.map(\.kid) == ["good"])
        #expect(keys.passedOver.count == 9)
    }

    @Test(
        arguments: [
            "", "{", "[]", #"{"keys":{}}"#, #"{"keys":[]}"#, #"{"keys":[{"kty":"new"}]}"#, #"{"keys":[{"kty":7}]}"#,
            "{\"keys\":[\(Array(repeating: #"{"kty":"oct"}"#, count: 65).joined(separator: ","))]}",
        ])
    func refusesAFileWithoutUsableKeys(_ text: String) async throws {
        let folder = try KeyFolder()
        let path = try folder.write(text)
        await #expect {
            try await KeyFile.keySet(path).load()
        } throws: { error in
            if case AccessError.noUsableKey = error { "\(error)".contains(path) } else { false }
        }
    }

    @Test func refusesTwoKeysOfOneName() async throws {
        let folder = try KeyFolder()
        let (first, second) = try await (TokenMint.make(.es256), TokenMint.make(.es256))
        let path = try folder.write(TokenMint.keySet([first.jwk(kid: "a"), second.jwk(kid: "a")]))
        await #expect(throws: AccessError.ambiguousKeys(path: path, kid: "a")) { try await KeyFile.keySet(path).load() }
    }

    @Test func followsItsFile() async throws {
        let folder = try KeyFolder()
        let (old, new) = try await (TokenMint.make(.es256), TokenMint.make(.es256))
        let path = try folder.write(TokenMint.keySet([old.jwk(kid: "old")]))
        let verifier = try await Self.verifier(path)
        #expect(await Self.defect(verifier, try old.token(kid: "old")) == nil)

        // A bad file leaves the old keys in force and says so.
        for bad in ["", "{\"keys\":", #"{"keys":[]}"#] {
            try folder.write(bad)
            #expect(await Self.defect(verifier, try old.token(kid: "old")) == nil)
            #expect(await verifier.keyProblem != nil)
        }
        try FileManager.default.removeItem(atPath: path)
        #expect(await Self.defect(verifier, try old.token(kid: "old")) == nil)
        guard case .unreadable = await verifier.keyProblem else {
            Issue.record("a file that is gone is not noticed")
            return
        }

        // A good one takes effect at once, in both directions.
        try folder.write(TokenMint.keySet([new.jwk(kid: "new")]))
        #expect(await Self.defect(verifier, try new.token(kid: "new")) == nil)
        #expect(await verifier.keyProblem == nil)
        #expect(await Self.defect(verifier, try old.token(kid: "old")) == .unknownKey)

        // A secret that others can read is no better on the way.
        let secret = try await TokenMint.make(.hs256)
        try folder.write(TokenMint.keySet([secret.jwk(kid: "s")]), mode: 0o644)
        #expect(await Self.defect(verifier, try new.token(kid: "new")) == nil)
        #expect(await verifier.keyProblem == .exposed(path: path, mode: "0644"))
        #expect(await Self.defect(verifier, try secret.token(kid: "s")) == .algorithm)
    }

    @Test func manyAtOnceWhileTheFileChanges() async throws {
        let folder = try KeyFolder()
        let mints = try await [TokenMint.make(.es256), TokenMint.make(.es256)]
        let both = try TokenMint.keySet([mints[0].jwk(kid: "0"), mints[1].jwk(kid: "1")])
        let path = try folder.write(both)
        let verifier = try await Self.verifier(path)
        let tokens = try [mints[0].token(kid: "0"), mints[1].token(kid: "1")]
        try await withThrowingTaskGroup(of: TokenDefect?.self) { group in
            for index in 0..<200 {
                if index % 20 == 0 { try folder.write(index % 40 == 0 ? "bad" : both) }
                group.addTask { await Self.defect(verifier, tokens[index % 2]) }
            }
            for try await defect in group { #expect(defect == nil) }
        }
    }
}
