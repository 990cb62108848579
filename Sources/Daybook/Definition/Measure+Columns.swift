/// Which columns measures take.
extension RollupDefinition.Measure {
    /// The column that is kept beside the measure's own.
    package var companion: String? {
        switch kind {
        case .first, .last: "\(name)_at"
        case .distinct: "\(name)_sketch"
        default: nil
        }
    }

    /// All columns that the measure takes.
    package var columnNames: [String] { [name] + [companion].compactMap(\.self) }

    /// Whether every event gives a value under the measure's name.
    var takesValue: Bool {
        switch kind {
        case .count, .countBy: false
        default: true
        }
    }
}

extension Rollup.Measure {
    /// The columns that the measure takes in the rollup table, its own first: name, type as `format_type` prints it,
    /// and what install adds to it.
    package var columns: [(name: String, type: String, constraint: String)] {
        let companion = RollupDefinition.Measure(name: name, kind: kind).companion
        switch kind {
        case .count, .sum, .decimalSum: return [(name, type, "NOT NULL DEFAULT 0")]
        case .countBy: return [(name, type, "NOT NULL DEFAULT '[]'")]
        case .min, .max: return [(name, type, "")]
        case .first, .last: return [(name, type, ""), (companion ?? "", "timestamp with time zone", "")]
        case .distinct:
            return [(name, type, "NOT NULL DEFAULT 0"), (companion ?? "", "bytea", "NOT NULL DEFAULT '\\x0100'")]
        }
    }
}
