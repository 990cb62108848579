/// Texts that a key made by joining, trimming, folding or normalizing would mix up, and how SQL and COPY spell them.
enum OddText {
    static let pool: [String] = [
        "", " ", "a", "A", "a ", " a", "a|b", "a,b", "a;b", "{a,b}", "(a)", "\"", "'", "''", "\\", "\\N", "a\\tb",
        "NULL",
        "null", "unknown", "\t", "line\nbreak", "\r\n", "\u{1}", "\u{7F}", "\u{A0}", "\u{200B}", "caf\u{E9}",
        "cafe\u{301}", "ß", "ss", "İ", "i", "Ω", "\u{2126}", "👩‍👩‍👧‍👦", "🇸🇪", "🤷🏽‍♀️", "日本語", "שלום", "\u{FEFF}x", "\u{10FFFD}",
        "$1", "%s", "'; DROP TABLE readings; --", "[{\"model\": \"x\"}]", "0", "-1", "1e3", "true", "day", "count",
    ]

    /// Beyond what an index entry holds, so that no row can have it in its key.
    static func beyondIndex(_ number: Int) -> String {
        "long \(number) " + String(repeating: "x", count: 2_700)
    }

    /// An SQL literal; `NULL` for nil.
    static func literal(_ text: String?) -> String {
        text.map { "'\($0.replacing("'", with: "''"))'" } ?? "NULL"
    }

    /// A line of COPY's text format.
    static func copyLine(_ values: [String?]) -> String {
        values.map { value in
            guard let value else { return "\\N" }
            var escaped = ""
            for scalar in value.unicodeScalars {
                switch scalar {
                case "\\": escaped += "\\\\"
                case "\t": escaped += "\\t"
                case "\n": escaped += "\\n"
                case "\r": escaped += "\\r"
                default: escaped.unicodeScalars.append(scalar)
                }
            }
            return escaped
        }.joined(separator: "\t") + "\n"
    }
}
