/// A libpq keyword/value string, in the order given.
enum ConnectionString {
    static func text(_ pairs: [(keyword: String, value: String)]) -> String {
        pairs.map { "\($0.keyword)=\(quoted($0.value))" }.joined(separator: " ")
    }

    /// A value as libpq reads it: bare when it is plain, else in quotes, with quotes and backslashes escaped.
    static func quoted(_ value: String) -> String {
        let isPlain = !value.isEmpty && value.utf8.allSatisfy { $0 > 0x20 && $0 != 0x27 && $0 != 0x5C }
        if isPlain { return value }
        var text = "'"
        for character in value {
            if character == "'" || character == "\\" { text.append("\\") }
            text.append(character)
        }
        return text + "'"
    }
}
