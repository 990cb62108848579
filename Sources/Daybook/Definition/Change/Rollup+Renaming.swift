extension Rollup {
    /// The same rollup with columns under other names. Expressions stay as they are.
    package func renaming(_ names: [String: String]) -> Rollup {
        guard !names.isEmpty else { return self }
        func renamed(_ name: String) -> String { names[name] ?? name }
        var rollup = self
        for index in rollup.dimensions.indices { rollup.dimensions[index].name = renamed(dimensions[index].name) }
        for index in rollup.measures.indices { rollup.measures[index].name = renamed(measures[index].name) }
        for index in rollup.derived.indices { rollup.derived[index].name = renamed(derived[index].name) }
        for index in rollup.events.indices {
            let values = events[index].values.map { (renamed($0.key), $0.value) }
            rollup.events[index].values = Dictionary(values) { first, _ in first }
        }
        return rollup
    }

    /// Every column that the rollup writes, in the order of the table.
    package var columnNames: [String] {
        dimensions.map(\.name) + ["day"] + measures.flatMap(\.columns).map(\.name) + derived.map(\.name)
    }
}
