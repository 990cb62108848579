package import Daybook
package import Foundation
import PostgresClient

/// A message in the form of RFC 5322, its bodies in base64, so that no line is too long and none begins with a dot.
package struct MailMessage: Sendable, Hashable {
    /// Headers and body, lines ended by CR LF.
    package let text: String

    package init(_ message: AlertMessage, _ envelope: AlertChannel.Envelope, id: UUID = UUID()) {
        let domain = envelope.from.split(separator: "@").last.map(String.init) ?? "localhost"
        var lines = [
            "From: <\(envelope.from)>",
            "To: \(envelope.to.map { "<\($0)>" }.joined(separator: ",\r\n "))",
            "Subject: \(Self.header(message.title))",
            "Date: \(Self.date(message.at.microsecondsSince2000))",
            "Message-ID: <\(id.uuidString.lowercased())@\(domain)>",
            "Auto-Submitted: auto-generated",
            "MIME-Version: 1.0",
        ]
        if let html = message.prepared?.html {
            let boundary = "daybook-\(id.uuidString.lowercased())"
            lines.append("Content-Type: multipart/alternative; boundary=\"\(boundary)\"")
            lines.append("")
            for (type, body) in [("plain", message.text), ("html", html)] {
                lines += ["--\(boundary)"] + Self.part(type, body)
            }
            lines.append("--\(boundary)--")
        } else {
            lines += Self.part("plain", message.text)
        }
        text = lines.joined(separator: "\r\n") + "\r\n"
    }

    private static func part(_ type: String, _ body: String) -> [String] {
        let encoded = Data(body.utf8).base64EncodedString(options: [
            .lineLength76Characters, .endLineWithCarriageReturn, .endLineWithLineFeed,
        ])
        return ["Content-Type: text/\(type); charset=utf-8", "Content-Transfer-Encoding: base64", "", encoded]
    }

    /// ASCII as it is; all else as encoded words of RFC 2047, each within its 75 characters.
    static func header(_ text: String) -> String {
        let line = text.onOneLine
        guard !line.utf8.allSatisfy({ (0x20..<0x7F).contains($0) }) || line.utf8.count > 200 else { return line }
        var words: [String] = []
        var word = ""
        for character in line.cut(to: 200) {
            if word.utf8.count + String(character).utf8.count > 40, !word.isEmpty {
                words.append(word)
                word = ""
            }
            word.append(character)
        }
        words.append(word)
        return words.map { "=?utf-8?B?\(Data($0.utf8).base64EncodedString())?=" }.joined(separator: "\r\n ")
    }

    private static func date(_ microsecondsSince2000: Int64) -> String {
        let formatter = DateFormatter()
        formatter.locale = Locale(identifier: "en_US_POSIX")
        formatter.timeZone = TimeZone(secondsFromGMT: 0)
        formatter.dateFormat = "EEE, dd MMM yyyy HH:mm:ss Z"
        return formatter.string(
            from: Date(timeIntervalSince1970: Double(microsecondsSince2000) / 1_000_000 + 946_684_800))
    }
}
