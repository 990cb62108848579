extension Rollup {
    /// Everything about the rollup that its numbers depend on, as text. Two rollups of the same signature have the same
    /// rows; a different one is a different rollup, to be rebuilt. The title and the order of the events are not part, and
    /// neither is whether the rows are kept in a shadow of the table.
    package var signature: String {
        var lines = ["table \(home.sql)", "time zone \(definition.timeZone)"]
        lines += dimensions.map { "dimension \($0.name.quotedIdentifier) \($0.type)\($0.isNullable ? "?" : "")" }
        lines += measures.map { "measure \($0.name.quotedIdentifier) \($0.kind) \($0.type)" }
        lines += derived.map { "derived \($0.name.quotedIdentifier) \($0.type) = \($0.expression)" }
        for event in events {
            lines.append("event \(event.name) of \(event.source.table.sql) at \(event.at) \(event.atType)")
            lines += event.columns.map { "  column \($0.name.quotedIdentifier) \($0.type)" }
            if let lookup = event.lookup {
                let keys = zip(lookup.key, lookup.equals).map { "\($0.name.quotedIdentifier) \($0.type) = \($1)" }
                lines.append("  lookup \(lookup.table.table.sql) on \(keys.commaSeparated)")
                lines += lookup.columns.map { "  looked up \($0.name.quotedIdentifier) \($0.type)" }
            }
            lines += event.condition.map { ["  where \($0)"] } ?? []
            lines += event.values.sorted { $0.key < $1.key }.map { "  \($0.key.quotedIdentifier) = \($0.value)" }
        }
        return lines.joined(separator: "\n")
    }
}
