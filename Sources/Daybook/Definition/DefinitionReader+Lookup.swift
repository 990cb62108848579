import Yams

extension DefinitionReader {
    /// The row of another table that the source's rows are joined to.
    mutating func lookup(_ entry: Entry) -> RollupDefinition.Lookup? {
        guard let entries = entries(of: entry.value, at: entry.path, holding: "the keys table, key and equals") else {
            return nil
        }
        let keys = ["table", "key", "equals"]
        let known = known(entries, keys, at: entry.path)
        require(keys, in: known, at: entry.path)
        let table = known["table"].flatMap { tableName($0) }
        let key = known["key"].flatMap { oneOrMore($0) { $0.text($1, "a column's name, or a list of them") } }
        let equals = known["equals"].flatMap { oneOrMore($0) { $0.expression($1, over: "the source's columns") } }
        guard let table, let key, let equals else { return nil }
        guard key.count == equals.count else {
            refuse(
                entry.path + ["equals"], "there are \(key.count) key columns and \(equals.count) expressions",
                remedy: "Write one expression for each column of the key, in its order.")
            return nil
        }
        guard Set(key).count == key.count else {
            refuse(entry.path + ["key"], "a column is written more than once", remedy: "Write every column once.")
            return nil
        }
        return RollupDefinition.Lookup(table: table, key: key, equals: equals)
    }

    /// A single value, or each of a list; nil where one of them is refused.
    private mutating func oneOrMore(
        _ entry: Entry, _ read: (inout DefinitionReader, Entry) -> String?
    ) -> [String]? {
        guard case .sequence(let sequence) = entry.value else { return read(&self, entry).map { [$0] } }
        let values = sequence.map { read(&self, Entry(name: entry.name, path: entry.path, value: $0)) }
        guard !values.isEmpty else {
            refuse(entry.path, "the list is empty", remedy: "Write at least one.")
            return nil
        }
        return values.contains(nil) ? nil : values.compactMap(\.self)
    }
}
