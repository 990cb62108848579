extension Rollup {
    /// The summed measures, in the definition's order: the order of `sums` in the event log.
    package var sums: [Measure] {
        measures.filter { $0.kind == .sum }
    }

    /// The labels of the measures that count by one, in the definition's order: the order of `labels` in the event log.
    package var labels: [String] {
        measures.compactMap { measure in
            if case .countBy(let label) = measure.kind { label } else { nil }
        }
    }

    /// The name under which the rollup is known everywhere: its table's, without a schema it would have anyway.
    public var name: String { definition.table.description }
}
