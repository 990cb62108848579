import Yams

extension DefinitionReader {
    /// A scalar's text without surrounding blanks: `0`, `success` and `true` are the text they are written as.
    mutating func text(_ entry: Entry, _ content: String) -> String? {
        guard case .scalar(let scalar) = entry.value else {
            refuse(entry.path, "a text is expected here, not \(entry.value.kind)", remedy: "Write \(content).")
            return nil
        }
        let text = scalar.string.trimmingBlanks()
        guard !text.isEmpty, scalar.style != .plain || text != "~" else {
            refuse(entry.path, "the value is empty", remedy: "Write \(content).")
            return nil
        }
        guard !text.unicodeScalars.contains("\0") else {
            refuse(entry.path, "the value contains a NUL character, which Postgres cannot keep", remedy: "Remove it.")
            return nil
        }
        return text
    }

    mutating func tableName(_ entry: Entry) -> QualifiedName? {
        guard let text = text(entry, "a table's name, as name or schema.name") else { return nil }
        do throws(QualifiedName.ParsingError) {
            return try QualifiedName(parsing: text)
        } catch {
            refuse(
                entry.path, "\"\(text)\" is not a table's name: \(error.message)",
                remedy:
                    "Write name or schema.name; a part that itself contains a dot stands in double quotes "
                    + "inside the YAML "
                    + "string: '\"odd.name\"'.")
            return nil
        }
    }

    /// An expression that stays within the parentheses it will be put in.
    mutating func expression(_ entry: Entry, over content: String) -> String? {
        guard let text = text(entry, "an SQL expression over \(content)") else { return nil }
        guard let flaw = SQLExpressionScanner.flaw(in: text) else { return text }
        refuse(entry.path, flaw.message, remedy: flaw.remedy)
        return nil
    }
}

extension Node {
    /// What kind of YAML it is, for messages.
    var kind: String {
        switch self {
        case .scalar(let scalar): scalar.string.isEmpty ? "nothing" : "a single value"
        case .mapping: "a mapping"
        case .sequence: "a list"
        case .alias: "an alias"
        }
    }
}
