/// How names and texts are written into generated SQL. Values of rows never are: they travel as parameters.
extension String {
    /// The text as a quoted identifier.
    package var quotedIdentifier: String {
        "\"" + split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
    }

    /// The text as a string literal, whatever `standard_conforming_strings` says.
    package var quotedLiteral: String {
        let doubled = split(separator: "'", omittingEmptySubsequences: false).joined(separator: "''")
        guard doubled.contains("\\") else { return "'\(doubled)'" }
        return " E'" + doubled.split(separator: "\\", omittingEmptySubsequences: false).joined(separator: "\\\\") + "'"
    }
}

extension QualifiedName {
    /// The name as SQL, every part quoted.
    package var sql: String {
        [schema, name].compactMap { $0?.quotedIdentifier }.joined(separator: ".")
    }
}

extension Collection<String> {
    /// The elements as the items of a SQL list.
    package var commaSeparated: String { joined(separator: ", ") }

    /// The elements as the items of a SQL list, one a line, indented to the given depth.
    package func lines(indentedBy depth: Int) -> String {
        joined(separator: ",\n" + String(repeating: " ", count: depth))
    }
}
