package import Daybook
import Foundation

/// The client's side of sending one message by SMTP: replies in, commands out. A pure value.
package struct SMTPConversation: Sendable {
    package enum Action: Sendable, Hashable {
        /// A command or the message, with its line end.
        case send(String)
        /// TLS begins now. Say ``secured()`` then.
        case secure
        /// The message is accepted.
        case done
    }

    private enum Step: Sendable, Hashable {
        case greeting, hello, startTLS, login, loginUser, loginPassword, loginEnd, from
        case to(Int)
        case data, message
    }

    private let server: AlertChannel.MailServer
    private let envelope: AlertChannel.Envelope
    private let message: String
    private var step = Step.greeting
    private var isSecure: Bool

    package init(_ server: AlertChannel.MailServer, _ envelope: AlertChannel.Envelope, _ message: MailMessage) {
        self.server = server
        self.envelope = envelope
        self.message = message.text
        isSecure = server.security == .tls
    }

    package mutating func received(_ reply: SMTPReply) throws(DeliveryFailure) -> Action {
        try require(reply)
        switch step {
        case .greeting: return hello()
        case .hello:
            guard server.security == .starttls, !isSecure else { return try login(reply) }
            guard offers("STARTTLS", reply) else {
                throw DeliveryFailure(
                    "The mail server offers no STARTTLS. Use `security: tls`, or another port; mail is not sent in plain text.",
                    isPassing: false)
            }
            step = .startTLS
            return .send("STARTTLS\r\n")
        case .startTLS: return .secure
        case .login, .loginEnd: return mailFrom()
        case .loginUser:
            step = .loginPassword
            return .send(Self.base64(server.user?.value ?? "") + "\r\n")
        case .loginPassword:
            step = .loginEnd
            return .send(Self.base64(server.password?.value ?? "") + "\r\n")
        case .from:
            step = .to(0)
            return .send("RCPT TO:<\(envelope.to[0])>\r\n")
        case .to(let index):
            guard index + 1 < envelope.to.count else {
                step = .data
                return .send("DATA\r\n")
            }
            step = .to(index + 1)
            return .send("RCPT TO:<\(envelope.to[index + 1])>\r\n")
        case .data:
            step = .message
            return .send(message + ".\r\n")
        case .message: return .done
        }
    }

    /// After the handshake everything said before is void.
    package mutating func secured() -> Action {
        isSecure = true
        return hello()
    }

    private mutating func hello() -> Action {
        step = .hello
        return .send("EHLO daybook\r\n")
    }

    private mutating func login(_ reply: SMTPReply) throws(DeliveryFailure) -> Action {
        guard let user = server.user?.value, let password = server.password?.value else { return mailFrom() }
        let methods = reply.lines.first { $0.uppercased().hasPrefix("AUTH") }?.uppercased() ?? ""
        if methods.contains(" PLAIN") {
            step = .login
            return .send("AUTH PLAIN \(Self.base64("\0\(user)\0\(password)"))\r\n")
        }
        guard methods.contains(" LOGIN") else {
            throw DeliveryFailure(
                "The mail server offers neither AUTH PLAIN nor LOGIN. Leave out user and password, or use another server.",
                isPassing: false)
        }
        step = .loginUser
        return .send("AUTH LOGIN\r\n")
    }

    private mutating func mailFrom() -> Action {
        step = .from
        return .send("MAIL FROM:<\(envelope.from)>\r\n")
    }

    private func offers(_ extension: String, _ reply: SMTPReply) -> Bool {
        reply.lines.contains { $0.uppercased() == `extension` }
    }

    /// 4xx may pass, 5xx does not. The server's text is not quoted: it may repeat what was said to it.
    private mutating func require(_ reply: SMTPReply) throws(DeliveryFailure) {
        let (expected, what, remedy): (ClosedRange<Int>, String, String) =
            switch step {
            case .greeting: (220...220, "the connection", "Check host and port.")
            case .hello: (250...250, "EHLO", "Check that it is a mail server that takes messages.")
            case .startTLS: (220...220, "STARTTLS", "Use `security: tls`, or another port.")
            // Asks for the user, then for the password.
            case .loginUser, .loginPassword: (334...334, "the login", "Check user and password.")
            case .login, .loginEnd: (235...235, "the login", "Check user and password.")
            case .from: (250...250, "the sender", "Check `from`.")
            case .to: (250...251, "a receiver", "Check `to`.")
            case .data: (354...354, "the message", "See the mail server's log.")
            case .message: (250...250, "the message", "See the mail server's log.")
            }
        guard !expected.contains(reply.code) else { return }
        throw DeliveryFailure(
            "The mail server refuses \(what) (\(reply.code)). \(remedy)", isPassing: (400..<500).contains(reply.code))
    }

    private static func base64(_ text: String) -> String { Data(text.utf8).base64EncodedString() }
}
