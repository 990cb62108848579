/// Whether the parts of one definition fit together.
extension DefinitionReader {
    /// Names that no column of a Postgres table can have.
    private static let systemColumns: Set<String> = ["tableoid", "xmin", "cmin", "xmax", "cmax", "ctid"]

    /// The day is the 32nd, and an index of Postgres has no more.
    private static let dimensionLimit = 31

    /// The most that a table of Postgres has, less the day.
    private static let columnLimit = 1_599

    /// Every column has a name of its own, and something tells when a row is empty.
    mutating func checkColumns(of definition: RollupDefinition) {
        var firstUse: [String: String] = ["day": "the day"]
        func use(_ section: String, _ name: String, _ what: String) {
            if Self.systemColumns.contains(name) {
                refuse(
                    [section, name], "\"\(name)\" is a column that Postgres keeps in every table",
                    remedy: "Choose another name.")
            } else if let other = firstUse[name] {
                refuse(
                    [section, name], "the column \"\(name)\" is already \(other)",
                    remedy: "Give every column a name of its own.")
            } else {
                firstUse[name] = what
            }
        }
        for dimension in definition.dimensions { use("dimensions", dimension.name, "a dimension") }
        for measure in definition.measures { use("measures", measure.name, "a measure") }
        for measure in definition.measures {
            if let companion = measure.companion {
                use("measures", companion, "kept beside the measure \"\(measure.name)\"")
            }
        }
        for column in definition.derived { use("derived", column.name, "a derived column") }
        checkLimits(of: definition, columns: firstUse.count - 1)
        checkLabels(of: definition)
        if !definition.measures.isEmpty, !hasUnreadColumns, !definition.measures.contains(where: { $0.kind == .count })
        {
            refuse(
                ["measures"], "no measure is a count",
                remedy: "Add one, for example \"rows: count\": it tells when a row is empty.")
        }
    }

    private mutating func checkLimits(of definition: RollupDefinition, columns: Int) {
        if definition.dimensions.count > Self.dimensionLimit {
            refuse(
                ["dimensions"], "there are \(definition.dimensions.count) dimensions",
                remedy: "A primary key of Postgres holds \(Self.dimensionLimit) besides the day.")
        }
        if columns > Self.columnLimit {
            refuse(
                ["measures"], "there are \(columns) columns",
                remedy: "A table of Postgres holds \(Self.columnLimit) besides the day.")
        }
    }

    /// A label names a value, next to the dimensions and sums, and a key in the stored list, next to `count`.
    private mutating func checkLabels(of definition: RollupDefinition) {
        var taken: [String: String] = [:]
        for dimension in definition.dimensions { taken[dimension.name] = "a dimension" }
        for measure in definition.measures where measure.takesValue { taken[measure.name] = "a measure with a value" }
        for measure in definition.measures {
            guard case .countBy(let label) = measure.kind else { continue }
            let path = ["measures", measure.name]
            if label == "count" {
                refuse(
                    path, "the label cannot be \"count\", which names the number beside it",
                    remedy: "Choose another label.")
            } else if let other = taken[label] {
                refuse(path, "the label \"\(label)\" is already \(other)", remedy: "Choose a label of its own.")
            }
            taken[label] = "the label of \"\(measure.name)\""
        }
    }

    /// Every event gives a value for each dimension, sum and label, and for nothing else.
    mutating func checkValues(of definition: RollupDefinition) {
        let needed = definition.valueNames
        for event in definition.events {
            let path = ["events", event.name, "values"]
            for name in needed where event.values[name] == nil {
                refuse(
                    path, "the value of \"\(name)\" is missing",
                    remedy: "Add \"\(name): \" and an expression over the source's columns.")
            }
            let missing = needed.filter { event.values[$0] == nil }
            for name in event.values.keys.sorted() where !needed.contains(name) {
                refuse(
                    path + [name], "\"\(name)\" is not a dimension, a measure with a value or a label of this rollup",
                    remedy: remedy(forValue: name, of: definition, missing: missing))
            }
        }
    }

    private func remedy(forValue name: String, of definition: RollupDefinition, missing: [String]) -> String {
        switch definition.measures.first(where: { $0.name == name })?.kind {
        case .count: return "A count takes no value: remove it."
        case .countBy(let label): return "Name the label instead: \"\(label)\"."
        default: break
        }
        if definition.derived.contains(where: { $0.name == name }) {
            return "A derived column takes no value: remove it."
        }
        if name == "day" { return "The day is taken from \"at\": remove it." }
        if let meant = NearestName.nearest(to: name, among: missing) { return "Did you mean \"\(meant)\"?" }
        return "Remove it, or add it to the measures: \"\(name): sum\"."
    }
}

extension RollupDefinition {
    /// What every event has to give a value for: dimensions, sums and labels, in file order.
    var valueNames: [String] {
        dimensions.map(\.name)
            + measures.compactMap { measure in
                switch measure.kind {
                case .count: nil
                case .countBy(let label): label
                default: measure.name
                }
            }
    }
}
