extension DefinitionReader {
    mutating func dimensions(_ entry: Entry) -> [RollupDefinition.Dimension] {
        parts(entry, "the key columns with their types, for example user_id: integer") { reader, part in
            guard let text = reader.text(part, "a type, for example integer, or text? where it may be null") else {
                return nil
            }
            let isNullable = text.hasSuffix("?")
            let type = (isNullable ? text.dropLast() : text[...]).trimmingBlanks()
            guard !type.isEmpty, !type.contains("?"), !type.contains(";") else {
                reader.refuse(
                    part.path, "\"\(text)\" is not a type",
                    remedy: "Write a type, for example integer, or text? where it may be null.")
                return nil
            }
            return RollupDefinition.Dimension(name: part.name, type: type, isNullable: isNullable)
        }
    }

    mutating func measures(_ entry: Entry) -> [RollupDefinition.Measure] {
        parts(entry, "what is measured, for example posts: count") { reader, part in
            guard let text = reader.text(part, "one of \(RollupDefinition.Measure.Kind.notations)") else { return nil }
            guard let kind = RollupDefinition.Measure.Kind(notation: text) else {
                reader.refuse(
                    part.path, "\"\(text)\" is not a kind of measure",
                    remedy:
                        "The kinds are \(RollupDefinition.Measure.Kind.notations), where LABEL names the "
                        + "value to count by. Of min and max TYPE is one of \(OrderedType.notations)."
                )
                return nil
            }
            return RollupDefinition.Measure(name: part.name, kind: kind)
        }
    }

    mutating func derived(_ entry: Entry) -> [RollupDefinition.DerivedColumn] {
        parts(entry, "columns as SQL over the measures, or leave the key out") { reader, part in
            reader.expression(part, over: "the measures").map {
                RollupDefinition.DerivedColumn(name: part.name, expression: $0)
            }
        }
    }

    mutating func events(_ entry: Entry) -> [RollupDefinition.EventDefinition] {
        let events = entries(
            of: entry.value, at: entry.path, holding: "the events that feed the rollup, each under a name")
        return (events ?? []).compactMap { event($0) }
    }

    private mutating func event(_ entry: Entry) -> RollupDefinition.EventDefinition? {
        checkIdentifier(entry, "an event's name")
        guard let entries = entries(of: entry.value, at: entry.path, holding: "the keys source, at and values") else {
            return nil
        }
        let known = known(entries, ["source", "at", "lookup", "where", "values"], at: entry.path)
        require(["source", "at", "values"], in: known, at: entry.path)
        let source = known["source"].flatMap { tableName($0) }
        let at = known["at"].flatMap { expression($0, over: "the source's columns, giving a date or a timestamp") }
        let condition = known["where"].flatMap { expression($0, over: "the source's columns, giving a boolean") }
        let lookup = known["lookup"].flatMap { self.lookup($0) }
        guard let values = known["values"].flatMap({ valueExpressions($0) }) else { return nil }
        return RollupDefinition.EventDefinition(
            name: entry.name, source: source ?? QualifiedName(name: ""), at: at ?? "", condition: condition,
            values: values, lookup: lookup)
    }

    /// A value whose expression is refused stays as an empty one, so that it is not called missing as well.
    private mutating func valueExpressions(_ entry: Entry) -> [String: String]? {
        guard
            let entries = entries(
                of: entry.value, at: entry.path, holding: "an expression for every dimension, measure and label")
        else { return nil }
        var values: [String: String] = [:]
        for value in entries { values[value.name] = expression(value, over: "the source's columns") ?? "" }
        return values
    }

    /// Reads the named parts of a mapping; one that cannot be read is noted as such.
    private mutating func parts<Part>(
        _ entry: Entry, _ content: String, _ read: (inout DefinitionReader, Entry) -> Part?
    ) -> [Part] {
        guard let entries = entries(of: entry.value, at: entry.path, holding: content) else {
            hasUnreadColumns = true
            return []
        }
        return entries.compactMap { part in
            checkIdentifier(part, "a column's name")
            let value = read(&self, part)
            if value == nil { hasUnreadColumns = true }
            return value
        }
    }

    private mutating func checkIdentifier(_ entry: Entry, _ what: String) {
        let bytes = entry.name.utf8.count
        guard bytes == 0 || bytes > 63 || entry.name.unicodeScalars.contains("\0") else { return }
        refuse(
            entry.path, "\(what) has \(bytes) bytes", remedy: "Names have 1 to 63 bytes in UTF-8, and no NUL character."
        )
    }
}
