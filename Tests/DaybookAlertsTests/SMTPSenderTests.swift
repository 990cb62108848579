import Daybook
import DaybookAlerts
import Foundation
import NIOSSL
import Testing

@Suite(.timeLimit(.minutes(2))) struct SMTPSenderTests {
    /// A certificate for `localhost` that nobody but the test trusts, made by openssl.
    static func withCertificate(_ body: (NIOSSLCertificate, NIOSSLPrivateKey) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("daybook-smtp-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/openssl")
        process.arguments = [
            "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "\(folder.path)/key", "-out",
            "\(folder.path)/certificate", "-days", "2", "-subj", "/CN=localhost", "-addext",
            "subjectAltName=DNS:localhost",
        ]
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        let certificate = try #require(try NIOSSLCertificate.fromPEMFile("\(folder.path)/certificate").first)
        try await body(certificate, NIOSSLPrivateKey(file: "\(folder.path)/key", format: .pem))
    }

    @Test(arguments: [AlertChannel.Security.starttls, .tls])
    func sendsOverTLS(_ security: AlertChannel.Security) async throws {
        try await Self.withCertificate { certificate, key in
            try await LoopbackSMTP.with(certificate, key, isTLSFirst: security == .tls) { server, port in
                let envelope = SMTPConversationTests.envelope
                let address = AlertChannel.MailServer(
                    host: "localhost", port: port, security: security, user: Secret(name: "U", value: "me"),
                    password: Secret(name: "P", value: "SECRET"))
                let mail = MailMessage(WebhookTests.message, envelope)
                try await SMTPSender(server: address, envelope: envelope, trustRoots: .certificates([certificate]))
                    .send(mail)
                #expect(server.lines.contains("RCPT TO:<b@example.com>"))
                #expect(server.lines.contains("To: <a@example.com>,"))
                let plain = server.lines.filter { $0.hasPrefix("plain ") }
                #expect(plain == (security == .tls ? [] : ["plain EHLO daybook", "plain STARTTLS"]))
                // A server that nobody vouches for learns nothing.
                let before = server.lines.filter { !$0.hasPrefix("plain ") }.count
                let failure = await #expect(throws: DeliveryFailure.self) {
                    try await SMTPSender(server: address, envelope: envelope).send(mail)
                }
                #expect(failure?.isPassing == true)
                #expect(failure?.description.contains("SECRET") == false)
                #expect(server.lines.filter { !$0.hasPrefix("plain ") }.count == before)
            }
        }
    }
}
