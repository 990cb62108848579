package import PostgresClient

/// What is told, whatever the channel.
package struct AlertMessage: Sendable, Hashable {
    package enum Kind: String, Sendable {
        case firing, reminder, resolved, summary
    }

    package struct Line: Sendable, Hashable {
        package var subject: String
        package var detail: String

        package init(subject: String, detail: String) {
            self.subject = subject
            self.detail = detail
        }
    }

    package var kind: Kind
    package var rule: String
    /// One line.
    package var title: String
    package var lines: [Line]
    /// The server's clock.
    package var at: PostgresTimestamp
    /// Ready text instead of lines.
    package var prepared: Prepared?

    package struct Prepared: Sendable, Hashable {
        package var text: String
        package var html: String

        package init(text: String, html: String) {
            self.text = text
            self.html = html
        }
    }

    /// Lines shown; the others are counted.
    static let shownLines = 20

    init(_ action: AlertStateMachine.Action, rule: String, lines: [Line], at: PostgresTimestamp) {
        switch action {
        case .fire: (kind, title) = (.firing, "Daybook: \(rule)")
        case .remind: (kind, title) = (.reminder, "Daybook: \(rule) goes on")
        case .resolve: (kind, title) = (.resolved, "Daybook: \(rule) is resolved")
        }
        if lines.count == 1, let line = lines.first { title += " (\(line.subject))" }
        title = title.onOneLine
        self.rule = rule
        self.lines = lines
        self.at = at
    }

    package init(summary title: String, _ prepared: Prepared, at: PostgresTimestamp) {
        kind = .summary
        rule = "summary"
        self.title = title
        self.prepared = prepared
        lines = []
        self.at = at
    }

    /// The body as plain text.
    package var text: String {
        if let prepared { return prepared.text }
        var text = lines.prefix(Self.shownLines).map { line in
            line.detail.isEmpty ? line.subject : "\(line.subject): \(line.detail)"
        }
        if lines.count > Self.shownLines { text.append("and \(lines.count - Self.shownLines) more") }
        return text.joined(separator: "\n")
    }
}

extension String {
    /// Control characters, line ends among them, become blanks.
    var onOneLine: String {
        String(String.UnicodeScalarView(unicodeScalars.map { $0.value < 0x20 || $0.value == 0x7F ? " " : $0 }))
    }
}
