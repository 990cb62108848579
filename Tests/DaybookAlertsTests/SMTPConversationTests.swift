import Daybook
import DaybookAlerts
import Foundation
import Testing

@Suite struct SMTPConversationTests {
    static let envelope = AlertChannel.Envelope(from: "daybook@example.com", to: ["a@example.com", "b@example.com"])

    static func conversation(_ security: AlertChannel.Security, login: Bool = true) -> SMTPConversation {
        let server = AlertChannel.MailServer(
            host: "localhost", port: 25, security: security, user: login ? Secret(name: "U", value: "me") : nil,
            password: login ? Secret(name: "P", value: "SECRET") : nil)
        return SMTPConversation(server, envelope, MailMessage(WebhookTests.message, envelope))
    }

    func reply(_ code: Int, _ lines: String...) -> SMTPReply {
        SMTPReply(code: code, lines: lines.isEmpty ? ["x"] : lines)
    }

    @Test func saysEverythingAfterTLS() throws {
        var conversation = Self.conversation(.starttls)
        #expect(try conversation.received(reply(220)) == .send("EHLO daybook\r\n"))
        #expect(try conversation.received(reply(250, "h", "STARTTLS")) == .send("STARTTLS\r\n"))
        #expect(try conversation.received(reply(220)) == .secure)
        #expect(conversation.secured() == .send("EHLO daybook\r\n"))
        let login = Data("\0me\0SECRET".utf8).base64EncodedString()
        #expect(try conversation.received(reply(250, "h", "AUTH LOGIN PLAIN")) == .send("AUTH PLAIN \(login)\r\n"))
        #expect(try conversation.received(reply(235)) == .send("MAIL FROM:<daybook@example.com>\r\n"))
        #expect(try conversation.received(reply(250)) == .send("RCPT TO:<a@example.com>\r\n"))
        #expect(try conversation.received(reply(250)) == .send("RCPT TO:<b@example.com>\r\n"))
        #expect(try conversation.received(reply(250)) == .send("DATA\r\n"))
        guard case .send(let text) = try conversation.received(reply(354)) else {
            Issue.record("no message")
            return
        }
        #expect(text.hasSuffix("\r\n.\r\n"))
        #expect(try conversation.received(reply(250)) == .done)
    }

    @Test func loginInTwoSteps() throws {
        var conversation = Self.conversation(.tls)
        _ = try conversation.received(reply(220))
        #expect(try conversation.received(reply(250, "h", "AUTH LOGIN")) == .send("AUTH LOGIN\r\n"))
        #expect(try conversation.received(reply(334)) == .send("bWU=\r\n"))
        #expect(try conversation.received(reply(334)) == .send("U0VDUkVU\r\n"))
        #expect(try conversation.received(reply(235)) == .send("MAIL FROM:<daybook@example.com>\r\n"))
    }

    @Test func neverGoesOnInPlainText() throws {
        var conversation = Self.conversation(.starttls)
        _ = try conversation.received(reply(220))
        let failure = #expect(throws: DeliveryFailure.self) {
            try conversation.received(self.reply(250, "h", "AUTH PLAIN"))
        }
        #expect(failure?.isPassing == false)
    }

    @Test(arguments: [(421, true), (535, false)]) func refusals(_ code: Int, _ isPassing: Bool) throws {
        var conversation = Self.conversation(.tls)
        _ = try conversation.received(reply(220))
        _ = try conversation.received(reply(250, "h", "AUTH PLAIN"))
        let failure = #expect(throws: DeliveryFailure.self) { try conversation.received(self.reply(code, "SECRET")) }
        #expect(failure?.isPassing == isPassing)
        #expect(failure?.description.contains("SECRET") == false)
    }

    @Test func repliesComeInPieces() throws {
        var parser = SMTPReply.Parser()
        try parser.append("250-one\r\n25".utf8)
        #expect(try parser.next() == nil)
        try parser.append("0 two\r\n220 x\r\n".utf8)
        #expect(try parser.next() == SMTPReply(code: 250, lines: ["one", "two"]))
        #expect(try parser.next() == SMTPReply(code: 220, lines: ["x"]))
        #expect(parser.isEmpty)
        #expect(throws: DeliveryFailure.self) {
            try parser.append("HTTP/1.1 400 Bad Request\r\n".utf8)
            _ = try parser.next()
        }
    }

    @Test func aMessageIsSoundMail() {
        let rule = AlertRule(name: "r", condition: .jobFailed, holdsFor: .zero, pause: .zero, channels: [])
        var book = AlertBook()
        let message = book.observe([AlertFinding("ä\r\nBcc: x@example.com", ".")], of: rule, at: second(0))[0]
        let text = MailMessage(message, Self.envelope).text
        #expect(!text.contains("\r\nBcc:"))
        #expect(text.utf8.allSatisfy { $0 < 0x80 })
        #expect(text.contains("Subject: =?utf-8?B?"))
        #expect(!text.replacing("\r\n", with: "").contains("\n"))
        let summary = MailMessage(DailySummaryTests.summary.message ?? message, Self.envelope).text
        #expect(summary.contains("Content-Type: text/html; charset=utf-8"))
    }

    @Test func aProgramTakesTheMessage() async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
            "daybook-sendmail-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let script = folder.appendingPathComponent("sendmail")
        try
            "#!/bin/sh\necho \"$@\" > \(folder.path)/arguments\ncat > \(folder.path)/mail\nexit $(cat \(folder.path)/status)\n"
            .write(to: script, atomically: true, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: script.path)
        try "0".write(toFile: "\(folder.path)/status", atomically: true, encoding: .utf8)
        let sender = SendmailSender(path: script.path, envelope: Self.envelope)
        let mail = MailMessage(WebhookTests.message, Self.envelope)
        try await sender.send(mail)
        #expect(
            try String(contentsOfFile: "\(folder.path)/arguments", encoding: .utf8)
                == "-i -f daybook@example.com -- a@example.com b@example.com\n")
        #expect(
            try String(contentsOfFile: "\(folder.path)/mail", encoding: .utf8)
                == mail.text.replacing("\r\n", with: "\n"))
        try "75".write(toFile: "\(folder.path)/status", atomically: true, encoding: .utf8)
        let full = await #expect(throws: DeliveryFailure.self) { try await sender.send(mail) }
        #expect(full?.isPassing == true)
        let absent = SendmailSender(path: "/nonexistent/sendmail", envelope: Self.envelope)
        let missing = await #expect(throws: DeliveryFailure.self) { try await absent.send(mail) }
        #expect(missing?.isPassing == false)
    }
}
