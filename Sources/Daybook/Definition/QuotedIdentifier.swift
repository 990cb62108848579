extension String {
    /// The text as an SQL identifier, always in double quotes.
    package var quotedIdentifier: String {
        "\"" + split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
    }
}

extension QualifiedName {
    /// The name as SQL, every part in double quotes.
    package var quoted: String {
        schema.map { "\($0.quotedIdentifier).\(name.quotedIdentifier)" } ?? name.quotedIdentifier
    }
}
