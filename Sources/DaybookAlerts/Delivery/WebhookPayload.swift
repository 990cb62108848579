package import Foundation

/// What a webhook is sent.
package enum WebhookPayload {
    /// Slack's limit is 40,000 characters; nobody reads that much.
    static let slackLimit = 3_000
    /// Discord refuses more, in UTF-16 units.
    static let discordLimit = 2_000

    /// Slack's incoming webhook: text in which `&`, `<` and `>` are escaped, so that no name can mention or link.
    package static func slack(_ message: AlertMessage) throws -> Data {
        let text = "\(message.title)\n\(message.text)".cut(to: slackLimit)
        let escaped = text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
        return try JSONEncoder().encode(["text": escaped])
    }

    /// Discord's webhook; nothing in it mentions anybody.
    package static func discord(_ message: AlertMessage) throws -> Data {
        struct Payload: Encodable {
            struct Mentions: Encodable { var parse: [String] = [] }
            var content: String
            var allowed_mentions = Mentions()
        }
        return try JSONEncoder().encode(
            Payload(content: "**\(message.title)**\n\(message.text)".cut(to: discordLimit)))
    }

    /// Our own: `{"kind","rule","title","text","at","subjects":[{"subject","detail"}]}`.
    package static func json(_ message: AlertMessage) throws -> Data {
        struct Payload: Encodable {
            struct Subject: Encodable {
                var subject: String
                var detail: String
            }
            var kind: String
            var rule: String
            var title: String
            var text: String
            var at: String
            var subjects: [Subject]
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return try encoder.encode(
            Payload(
                kind: message.kind.rawValue, rule: message.rule, title: message.title, text: message.text,
                at: "\(message.at)",
                subjects: message.lines.map { .init(subject: $0.subject, detail: $0.detail) }))
    }
}

extension String {
    /// At most so many UTF-16 units, the last of them a sign that there was more.
    func cut(to limit: Int) -> String {
        guard utf16.count > limit else { return self }
        var text = ""
        var length = 1
        for character in self {
            length += character.utf16.count
            if length > limit { break }
            text.append(character)
        }
        return text + "…"
    }
}
