import CryptoExtras
import Foundation
import Testing

@testable import DaybookServer

/// What a key file must be, and what is said when it is not.
struct KeyFileTests {
    private static func failure(_ file: KeyFile) async -> AccessError? {
        do throws(AccessError) {
            _ = try await file.load()
            return nil
        } catch {
            #expect(error.description.contains(file.path))
            #expect(!error.description.contains(TokenMint.secretText))
            return error
        }
    }

    @Test func missingOrNotAFile() async throws {
        let folder = try KeyFolder()
        let missing = folder.path("missing")
        for file in [KeyFile.publicKey(missing), .secret(missing), .keySet(missing)] {
            #expect(await Self.failure(file) == .unreadable(path: missing, reason: "No such file or directory"))
        }
        let directory = folder.url.path(percentEncoded: false)
        #expect(await Self.failure(.keySet(directory)) == .notAFile(path: directory))
        #expect(await Self.failure(.secret("/dev/zero")) == .notAFile(path: "/dev/zero"))
        let large = try folder.write(String(repeating: "x", count: KeyFile.maximumBytes + 1))
        #expect(await Self.failure(.secret(large)) == .tooLarge(path: large, limit: KeyFile.maximumBytes))
    }

    @Test(
        arguments: [
            (0o600, true), (0o400, true), (0o640, true), (0o440, true), (0o644, false), (0o604, false), (0o660, false),
            (0o601, false), (0o666, false), (0o777, false),
        ])
    func permissionsOfASecret(_ mode: Int, _ isFine: Bool) async throws {
        let folder = try KeyFolder()
        let path = try folder.write(TokenMint.secretText, mode: mode)
        let failure = await Self.failure(.secret(path))
        let text = "0" + String(mode, radix: 8)
        if isFine {
            #expect(failure == nil)
        } else if mode & 0o002 != 0 {
            #expect(failure == .writable(path: path, mode: text))
        } else {
            #expect(failure == .exposed(path: path, mode: text))
        }
    }

    @Test func aPublicKeyMayBeReadByAll() async throws {
        let folder = try KeyFolder()
        let mint = try await TokenMint.make(.edDSA)
        #expect(await Self.failure(.publicKey(try folder.write(mint.pem, mode: 0o644))) == nil)
        #expect(await Self.failure(.keySet(try folder.write(TokenMint.keySet([mint.jwk]), mode: 0o644))) == nil)
        let path = try folder.write(mint.pem, mode: 0o666)
        #expect(await Self.failure(.publicKey(path)) == .writable(path: path, mode: "0666"))
    }

    @Test(arguments: [0, 1, 31]) func weakSecret(_ count: Int) async throws {
        let folder = try KeyFolder()
        let path = try folder.write(String(repeating: "x", count: count) + "\n")
        #expect(await Self.failure(.secret(path)) == .weakSecret(path: path, bytes: count))
    }

    @Test func aSecretThatMayBePublic() async throws {
        let folder = try KeyFolder()
        let mint = try await TokenMint.make(.es256)
        let texts = try [mint.pem, TokenMint.keySet([mint.jwk]), "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIO5X me@example"]
        for text in texts {
            let path = try folder.write(text)
            guard case .notASecret(path, _) = await Self.failure(.secret(path)) else {
                Issue.record("taken for a secret: \(text)")
                continue
            }
        }
    }

    @Test func aKeyThatCannotCheckTokens() async throws {
        let folder = try KeyFolder()
        let small = try _RSA.Signing.PrivateKey(unsafeKeySize: _RSA.Signing.KeySize(bitCount: 1024)).publicKey
            .pemRepresentation
        let mint = try await TokenMint.make(.es256)
        let texts = [
            "", "text", small, P384.Signing.PrivateKey().publicKey.pemRepresentation, mint.pem + "\n" + mint.pem,
            "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n",
            "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "-----BEGIN PUBLIC KEY-----",
        ]
        for text in texts {
            let path = try folder.write(text)
            guard case .noUsableKey(path, _) = await Self.failure(.publicKey(path)) else {
                Issue.record("taken for a key: \(text)")
                continue
            }
        }
        for text in [P256.Signing.PrivateKey().pemRepresentation, "-----BEGIN RSA PRIVATE KEY-----\n"] {
            let path = try folder.write(text)
            #expect(await Self.failure(.publicKey(path)) == .privateKey(path: path))
        }
    }
}
