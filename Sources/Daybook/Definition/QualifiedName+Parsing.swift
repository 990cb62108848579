extension QualifiedName {
    /// Why a text is not a table's name.
    enum ParsingError: Error, Hashable {
        case emptyPart
        case unclosedQuote
        /// A quote that does not go around a whole part.
        case strayQuote
        case tooManyParts
        /// A part longer than Postgres keeps: 63 bytes.
        case partTooLong

        var message: String {
            switch self {
            case .emptyPart: "a part of the name is empty"
            case .unclosedQuote: "a double quote is not closed"
            case .strayQuote: "a double quote stands inside a part of the name"
            case .tooManyParts: "the name has more than two parts"
            case .partTooLong: "a part of the name is longer than the 63 bytes that Postgres keeps"
            }
        }
    }

    /// Reads `name` or `schema.name`. A part that contains a dot or a double quote is written in double quotes, with
    /// double quotes inside it doubled. Everything is taken to the letter.
    init(parsing text: String) throws(ParsingError) {
        let parts = try Self.parts(of: text)
        guard parts.count <= 2 else { throw .tooManyParts }
        for part in parts {
            guard !part.isEmpty else { throw .emptyPart }
            guard part.utf8.count <= 63 else { throw .partTooLong }
        }
        self.init(schema: parts.count == 2 ? parts[0] : nil, name: parts[parts.count - 1])
    }

    private static func parts(of text: String) throws(ParsingError) -> [String] {
        var parts: [String] = []
        var rest = Substring(text)
        while true {
            parts.append(try rest.first == "\"" ? quotedPart(&rest) : plainPart(&rest))
            guard let separator = rest.popFirst() else { return parts }
            guard separator == "." else { throw .strayQuote }
        }
    }

    private static func plainPart(_ rest: inout Substring) throws(ParsingError) -> String {
        let part = rest.prefix { $0 != "." }
        guard !part.contains("\"") else { throw .strayQuote }
        rest.removeFirst(part.count)
        return String(part)
    }

    private static func quotedPart(_ rest: inout Substring) throws(ParsingError) -> String {
        var part = ""
        rest.removeFirst()
        while let character = rest.popFirst() {
            guard character == "\"" else {
                part.append(character)
                continue
            }
            guard rest.first == "\"" else { return part }
            part.append(character)
            rest.removeFirst()
        }
        throw .unclosedQuote
    }
}
