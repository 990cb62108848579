import Foundation
import Logging
import Testing

@testable import DaybookServer

/// Who a token makes its bearer, and every reason for which it does not.
struct TokenVerifierTests {
    private static let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    /// A verifier over a file with the mint's key.
    private static func verifier(
        _ mint: TokenMint, in folder: KeyFolder, leeway: Int = 30, now: Double = TokenMint.now
    ) async throws -> TokenVerifier {
        let isSecret = mint.pem.isEmpty
        let path = try folder.write(isSecret ? TokenMint.secretText + "\n" : mint.pem)
        let settings = try AccessSettings(
            keys: isSecret ? .secret(path) : .publicKey(path), issuer: TokenMint.issuer, audience: TokenMint.audience,
            leewaySeconds: leeway)
        return try await TokenVerifier(settings, logger: quiet, now: { now })
    }

    private static func defect(_ verifier: TokenVerifier, _ token: String) async -> TokenDefect? {
        do {
            _ = try await verifier.viewer(token: token)
            return nil
        } catch .invalidToken(let defect) {
            return defect
        } catch {
            Issue.record("refused otherwise: \(error)")
            return nil
        }
    }

    @Test(arguments: SigningAlgorithm.allCases) func believesEachAlgorithm(_ algorithm: SigningAlgorithm) async throws {
        let folder = try KeyFolder()
        let mint = try await TokenMint.make(algorithm)
        let verifier = try await Self.verifier(mint, in: folder)
        #expect(try await verifier.viewer(token: mint.token()) == .user("42"))
        #expect(try await verifier.viewer(token: mint.token(["role": #""operator""#])) == .operator)
        #expect(try await verifier.viewer(token: mint.token(kid: "any")) == .user("42"))
    }

    @Test(arguments: SigningAlgorithm.allCases) func refusesAnotherKeyOfTheSameType(_ algorithm: SigningAlgorithm)
        async throws
    {
        let folder = try KeyFolder()
        let mint = try await TokenMint.make(algorithm)
        let verifier = try await Self.verifier(mint, in: folder)
        var other = try await TokenMint.make(algorithm)
        if algorithm == .hs256 { other = try await .hmac("another secret of thirty-two bytes") }
        if algorithm != .rs256 { #expect(await Self.defect(verifier, try other.token()) == .signature) }
        // The signature of one token on the claims of another.
        let (mine, foreign) = (try mint.token(), try mint.token(["sub": #""7""#]))
        let forged = foreign.split(separator: ".")[..<2].joined(separator: ".") + "." + mine.split(separator: ".")[2]
        #expect(await Self.defect(verifier, forged) == .signature)
    }

    @Test(
        arguments: [
            (["exp": ""], .noExpiry), (["exp": "null"], .noExpiry), (["exp": "\(Int(TokenMint.now) - 31)"], .expired),
            (["exp": "\(Int(TokenMint.now) - 30)"], .expired), (["exp": "\(Int(TokenMint.now) - 29)"], nil),
            (["exp": "\(TokenMint.now + 0.5)"], nil), (["exp": "-1"], .expired), (["exp": "1e300"], nil),
            (["exp": #""\#(Int(TokenMint.now) + 600)""#], .malformed), (["exp": "true"], .malformed),
            (["exp": "1e999"], .malformed), (["exp": "[1]"], .malformed),
            (["nbf": "\(Int(TokenMint.now) + 30)"], nil), (["nbf": "\(Int(TokenMint.now) + 31)"], .notYetValid),
            (["nbf": #""soon""#], .malformed),
            (["iat": "\(Int(TokenMint.now) + 30)"], nil), (["iat": "\(Int(TokenMint.now) + 31)"], .issuedInTheFuture),
            (["iat": "{}"], .malformed),
            (["iss": ""], .issuer), (["iss": #""https://other.example""#], .issuer), (["iss": "1"], .malformed),
            (["iss": #""https://issuer.example/""#], .issuer), (["iss": #"["https://issuer.example"]"#], .malformed),
            (["aud": ""], .audience), (["aud": #""other""#], .audience), (["aud": #""daybook2""#], .audience),
            (["aud": "[]"], .audience), (["aud": #"["other","daybook"]"#], nil), (["aud": #"["a","b"]"#], .audience),
            (["aud": "7"], .malformed), (["aud": #"[["daybook"]]"#], .malformed),
            (["sub": ""], .subject), (["sub": #""""#], .subject), (["sub": "42"], .malformed),
            (["sub": #""a\u0000b""#], .subject), (["sub": "\"\(String(repeating: "x", count: 1025))\""], .subject),
            (["role": #""Operator""#, "sub": ""], .subject), (["role": #""operator""#, "sub": ""], nil),
            (["role": #""operator""#, "exp": ""], .noExpiry),
        ] as [([String: String], TokenDefect?)]
    )
    func claims(_ changes: [String: String], _ expected: TokenDefect?) async throws {
        let folder = try KeyFolder()
        let mint = try await TokenMint.make(.hs256)
        let verifier = try await Self.verifier(mint, in: folder)
        #expect(await Self.defect(verifier, try mint.token(changes)) == expected)
    }

    @Test(
        arguments: [
            (#""operator""#, .operator), (#"["reader","operator"]"#, .operator), (#""user""#, .user("42")),
            (#"["reader"]"#, .user("42")), ("true", .user("42")), ("null", .user("42")), ("[1]", .user("42")),
            (#"{"operator":true}"#, .user("42")), (#""operator ""#, .user("42")),
        ] as [(String, Viewer)])
    func role(_ value: String, _ viewer: Viewer) async throws {
        let folder = try KeyFolder()
        let mint = try await TokenMint.make(.hs256)
        let verifier = try await Self.verifier(mint, in: folder)
        #expect(try await verifier.viewer(token: mint.token(["role": value])) == viewer)
    }

    @Test func anotherClaimMakesAnOperator() async throws {
        let folder = try KeyFolder()
        let mint = try await TokenMint.make(.hs256)
        let settings = try AccessSettings(
            keys: .secret(folder.write(TokenMint.secretText)), issuer: TokenMint.issuer, audience: TokenMint.audience,
            operatorClaim: "https://daybook.example/groups", operatorValue: "on call")
        let verifier = try await TokenVerifier(settings, logger: Self.quiet, now: { TokenMint.now })
        let token = try mint.token(["https://daybook.example/groups": #"["on call"]"#])
        #expect(try await verifier.viewer(token: token) == .operator)
        #expect(try await verifier.viewer(token: mint.token(["role": #""operator""#])) == .user("42"))
    }

    @Test(
        arguments: [
            (#"{"alg":"none"}"#, .algorithm), (#"{"alg":"None"}"#, .algorithm), (#"{"alg":"hs256"}"#, .algorithm),
            (#"{"alg":"HS512"}"#, .algorithm), (#"{"alg":"RS256"}"#, .algorithm), (#"{"alg":"ES256"}"#, .algorithm),
            (#"{"alg":""}"#, .algorithm), (#"{"alg":null}"#, .malformed), (#"{"typ":"JWT"}"#, .malformed),
            (#"{"alg":["HS256"]}"#, .malformed), ("[]", .malformed), ("", .malformed), ("null", .malformed),
            (#"{"alg":"HS256","crit":["exp"]}"#, .unsupportedHeader),
            (#"{"alg":"HS256","crit":null}"#, .unsupportedHeader),
            (#"{"alg":"HS256","typ":"logout+jwt"}"#, .unsupportedHeader), (#"{"alg":"HS256","typ":"at+JWT"}"#, nil),
            (#"{"alg":"HS256"}"#, nil), (#"{"alg":"HS256","kid":7}"#, .malformed),
            (#"{"alg":"HS256","jku":"https://evil.example","jwk":{"kty":"oct","k":"AA"}}"#, nil),
        ] as [(String, TokenDefect?)])
    func header(_ header: String, _ expected: TokenDefect?) async throws {
        let folder = try KeyFolder()
        let mint = try await TokenMint.make(.hs256)
        let verifier = try await Self.verifier(mint, in: folder)
        #expect(await Self.defect(verifier, try mint.token(header: header, payload: TokenMint.claims())) == expected)
    }

    /// The classic confusion: the public key, which anybody has, used as the secret of HS256.
    @Test(arguments: [SigningAlgorithm.rs256, .es256, .edDSA]) func publicKeyIsNoSecret(_ algorithm: SigningAlgorithm)
        async throws
    {
        let folder = try KeyFolder()
        let mint = try await TokenMint.make(algorithm)
        let verifier = try await Self.verifier(mint, in: folder)
        let forger = try await TokenMint.hmac(mint.pem)
        #expect(await Self.defect(verifier, try forger.token()) == .algorithm)
        #expect(
            await Self.defect(
                verifier, try forger.token(header: #"{"alg":"\#(mint.name)"}"#, payload: TokenMint.claims()))
                == .signature)
        let unsigned = try mint.token(header: #"{"alg":"none"}"#, payload: TokenMint.claims())
        #expect(await Self.defect(verifier, unsigned) == .algorithm)
        let parts = try mint.token().split(separator: ".")
        #expect(await Self.defect(verifier, "\(parts[0]).\(parts[1]).") == .signature)
    }

    /// Whatever the text is, the answer is 401, and its message has nothing of the text.
    @Test(arguments: SigningAlgorithm.allCases) func fuzz(_ algorithm: SigningAlgorithm) async throws {
        let folder = try KeyFolder()
        let mint = try await TokenMint.make(algorithm)
        let verifier = try await Self.verifier(mint, in: folder)
        let right = try mint.token()
        var random = SplitMix(seed: 0x5EED)
        var tokens = [
            "", ".", "..", "...", "a.b.c", "=.=.=", "\u{0}.\u{0}.\u{0}", "é.漢.🙂", right + ".", "." + right, right + "=",
            right + "\u{301}", " \(right)", right.replacing(".", with: ".."), String(repeating: ".", count: 9_000),
            String(repeating: "A", count: 100_000), right + String(repeating: "A", count: 8_192), right.uppercased(),
            try mint.token(header: #"{"alg":"\#(mint.name)"}"#, payload: String(repeating: "[", count: 4_000)),
            try mint.token(header: String(repeating: #"{"alg":"#, count: 500), payload: "{}"),
            try mint.token(header: #"{"alg":"\#(mint.name)"}"#, payload: "\u{FEFF}{}"),
        ]
        for length in stride(from: 0, to: right.utf8.count, by: 7) { tokens.append(String(right.prefix(length))) }
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.={}\"\\é🙂\u{0} ")
        for _ in 0..<400 {
            switch Int.random(in: 0..<3, using: &random) {
            case 0:
                // One character of a right token replaced, not the last of a part: some of its bits count for nothing.
                var characters = Array(right)
                let index = Int.random(in: 0..<characters.count - 2, using: &random)
                guard characters[index] != ".", characters[index + 1] != "." else { continue }
                let new = alphabet.randomElement(using: &random)!
                guard new != characters[index] else { continue }
                characters[index] = new
                tokens.append(String(characters))
            case 1:
                tokens.append(
                    String(
                        (0..<Int.random(in: 0..<300, using: &random)).map { _ in alphabet.randomElement(using: &random)!
                        }))
            default:
                let bytes = (0..<Int.random(in: 0..<300, using: &random)).map { _ in
                    UInt8.random(in: 0...255, using: &random)
                }
                tokens.append(String(decoding: bytes, as: UTF8.self))
            }
        }
        for token in tokens {
            do {
                let viewer = try await verifier.viewer(token: token)
                Issue.record("believed as \(viewer): \(token.debugDescription)")
            } catch {
                #expect(error.status == 401)
                #expect(error.challenge?.utf8.allSatisfy { (32...126).contains($0) } == true)
                if token.utf8.count > 16 { #expect(!error.description.contains(token)) }
            }
        }
    }
}

/// A small generator whose numbers follow from its seed.
struct SplitMix: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
