/// Reads an SQL expression only as far as to know that it cannot reach out of the parentheses it will be put in.
///
/// Expressions are trusted, but a slip of the pen must not do harm: a stray `)` would otherwise change what the
/// statement around it means. Follows the lexical rules of Postgres with `standard_conforming_strings = on`.
struct SQLExpressionScanner {
    enum Flaw: Error, Hashable {
        case semicolon
        case parameter
        case unopened(Character)
        case unclosed(Character)
        case unclosedString, unclosedIdentifier, unclosedComment
        case empty
    }

    private let text: [Unicode.Scalar]
    private var position = 0
    private var open: [Unicode.Scalar] = []
    private var hasContent = false
    /// Whether semicolons separate statements.
    private var isScript = false
    private var isAtStart = true
    private var firstWords: [String] = []
    private var tokens: [Token] = []

    /// A word, a quoted name, or any other sign.
    struct Token: Hashable {
        /// In the text's Unicode scalars.
        var range: Range<Int>
        /// Of an identifier or key word, as Postgres understands it: folded unless it is quoted.
        var name: String?
        var isDot = false
        var opensArguments = false
    }

    /// The first flaw, nil when the expression stays within its parentheses.
    static func flaw(in expression: String) -> Flaw? {
        var scanner = SQLExpressionScanner(text: Array(expression.unicodeScalars))
        do throws(Flaw) {
            try scanner.scan()
            return nil
        } catch {
            return error
        }
    }

    /// The first words of the statements of a script, in small letters, or the first flaw.
    static func statements(in script: String) -> Result<[String], Flaw> {
        var scanner = SQLExpressionScanner(text: Array(script.unicodeScalars))
        scanner.isScript = true
        do throws(Flaw) {
            try scanner.scan()
            return .success(scanner.firstWords)
        } catch {
            return .failure(error)
        }
    }

    /// What an expression is made of, without comments, or its first flaw. A string is one token.
    static func tokens(of expression: String) -> Result<[Token], Flaw> {
        var scanner = SQLExpressionScanner(text: Array(expression.unicodeScalars))
        do throws(Flaw) {
            try scanner.scan()
            return .success(scanner.tokens)
        } catch {
            return .failure(error)
        }
    }

    private init(text: [Unicode.Scalar]) {
        self.text = text
    }

    private func peek(_ offset: Int = 0) -> Unicode.Scalar? {
        position + offset < text.count ? text[position + offset] : nil
    }

    private mutating func scan() throws(Flaw) {
        while let scalar = peek() {
            switch scalar {
            case "-" where peek(1) == "-": skipLineComment()
            case "/" where peek(1) == "*": try skipBlockComment()
            case " ", "\t", "\n", "\r", "\u{B}", "\u{C}": position += 1
            default:
                hasContent = true
                try token(scalar)
            }
        }
        if let left = open.last { throw .unclosed(Character(left)) }
        if !hasContent { throw .empty }
    }

    private mutating func token(_ scalar: Unicode.Scalar) throws(Flaw) {
        let start = position
        defer {
            isAtStart = scalar == ";"
            note(from: start)
        }
        switch scalar {
        case ";":
            guard isScript else { throw .semicolon }
            if let left = open.last { throw .unclosed(Character(left)) }
            position += 1
        case "'": try skipQuoted("'", backslash: false, flaw: .unclosedString)
        case "\"": try skipQuoted("\"", backslash: false, flaw: .unclosedIdentifier)
        case "$": try dollar()
        case "(", "[":
            open.append(scalar)
            position += 1
        case ")", "]":
            guard open.popLast() == (scalar == ")" ? "(" : "[") else { throw .unopened(Character(scalar)) }
            position += 1
        case _ where Self.startsWord(scalar): try word()
        case "0"..."9": skipWord()
        default: position += 1
        }
    }

    private mutating func note(from start: Int) {
        let end = min(position, text.count)
        var token = Token(range: start..<end, isDot: text[start] == ".", opensArguments: text[start] == "(")
        if Self.startsWord(text[start]), text[end - 1] != "'" {
            token.name = Self.string(text[start..<end].map { ("A"..."Z").contains($0) ? Self.folded($0) : $0 }[...])
        } else if text[start] == "\"", end - start > 2 {
            token.name = Self.string(text[start + 1..<end - 1]).replacing("\"\"", with: "\"")
        }
        tokens.append(token)
    }

    /// As Postgres folds names in UTF-8: ASCII only.
    private static func folded(_ scalar: Unicode.Scalar) -> Unicode.Scalar {
        Unicode.Scalar(UInt8(scalar.value) + 32)
    }

    private static func string(_ scalars: ArraySlice<Unicode.Scalar>) -> String {
        var string = ""
        string.unicodeScalars.append(contentsOf: scalars)
        return string
    }

    /// A key word or identifier; a lone `E` before a quote makes a string in which a backslash escapes.
    private mutating func word() throws(Flaw) {
        let start = position
        skipWord()
        if isScript, isAtStart {
            var word = ""
            word.unicodeScalars.append(contentsOf: text[start..<position])
            firstWords.append(word.lowercased())
        }
        guard position == start + 1, text[start] == "e" || text[start] == "E", peek() == "'" else { return }
        try skipQuoted("'", backslash: true, flaw: .unclosedString)
    }

    private mutating func skipWord() {
        while let scalar = peek(), Self.continuesWord(scalar) { position += 1 }
    }

    /// A doubled quote reads as two strings side by side, which ends in the same place.
    private mutating func skipQuoted(_ quote: Unicode.Scalar, backslash: Bool, flaw: Flaw) throws(Flaw) {
        position += 1
        while let scalar = peek() {
            if backslash, scalar == "\\" {
                position += 2
            } else if scalar == quote, backslash, peek(1) == quote {
                position += 2
            } else {
                position += 1
                if scalar == quote { return }
            }
        }
        throw flaw
    }

    /// `$1` is a parameter, `$tag$…$tag$` a string; any other dollar is left to Postgres.
    private mutating func dollar() throws(Flaw) {
        if let next = peek(1), ("0"..."9").contains(next) { throw .parameter }
        var end = position + 1
        if end < text.count, Self.startsWord(text[end]) {
            while end < text.count, Self.continuesWord(text[end]), text[end] != "$" { end += 1 }
        }
        guard end < text.count, text[end] == "$" else {
            position += 1
            return
        }
        let tag = text[position...end]
        position = end + 1
        while position + tag.count <= text.count {
            if text[position] == "$", text[position..<position + tag.count] == tag {
                position += tag.count
                return
            }
            position += 1
        }
        throw .unclosedString
    }

    private mutating func skipLineComment() {
        while let scalar = peek(), scalar != "\n", scalar != "\r" { position += 1 }
    }

    private mutating func skipBlockComment() throws(Flaw) {
        var depth = 0
        while let scalar = peek() {
            if scalar == "/", peek(1) == "*" {
                depth += 1
                position += 2
            } else if scalar == "*", peek(1) == "/" {
                depth -= 1
                position += 2
                if depth == 0 { return }
            } else {
                position += 1
            }
        }
        throw .unclosedComment
    }

    private static func startsWord(_ scalar: Unicode.Scalar) -> Bool {
        scalar == "_" || scalar.value >= 0x80 || ("a"..."z").contains(scalar) || ("A"..."Z").contains(scalar)
    }

    private static func continuesWord(_ scalar: Unicode.Scalar) -> Bool {
        startsWord(scalar) || ("0"..."9").contains(scalar) || scalar == "$"
    }
}
