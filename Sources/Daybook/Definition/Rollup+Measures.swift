extension Rollup {
    /// The summed measures, in the definition's order: the order of `sums` in the event log.
    package var sums: [Measure] {
        measures.filter(\.kind.isSum)
    }

    /// The labels of the measures that count by one, in the definition's order: the order of `labels` in the event log.
    package var labels: [String] {
        measures.compactMap { measure in
            if case .countBy(let label) = measure.kind { label } else { nil }
        }
    }

    /// The measures that keep one value at an end of an order, in the definition's order: the order of `extremes` in
    /// the event log.
    package var extremes: [Measure] {
        measures.filter { $0.kind.extreme != nil }
    }

    /// The measures that count different values, in the definition's order. In the event log their hashes stand behind
    /// the labels.
    package var distincts: [Measure] {
        measures.filter { $0.kind == .distinct }
    }

    /// Whether a row cannot always be computed from what it was and what changed. Then the log keeps what came and what
    /// went apart.
    package var isSigned: Bool { !extremes.isEmpty || !distincts.isEmpty }

    /// The name under which the rollup is known everywhere: its table's, without a schema it would have anyway.
    public var name: String { definition.table.description }
}

extension RollupDefinition.Measure.Kind {
    /// Whether the measure adds up the values that its events give.
    package var isSum: Bool {
        switch self {
        case .sum, .decimalSum: true
        default: false
        }
    }

    /// Which end of its order the measure keeps; nil for one that keeps none.
    package var extreme: Extreme? {
        switch self {
        case .min, .first: .smallest
        case .max, .last: .largest
        default: nil
        }
    }

    /// The order that the measure's ranks are of; nil for one that has no ranks. Of first and last it is that of time.
    package var order: OrderedType? {
        switch self {
        case .min(let type), .max(let type): type
        case .first, .last: .timestampWithTimeZone
        default: nil
        }
    }

    /// Whether the measure is a value at a time.
    package var isDated: Bool {
        switch self {
        case .first, .last: true
        default: false
        }
    }

    /// In which the measure is kept, where it is no whole number.
    package var decimalFormat: DecimalFormat? {
        if case .decimalSum(let format) = self { format } else { nil }
    }
}

extension Rollup.Measure {
    /// SQL of a sum in whole units, out of the column's value.
    package func units(of value: String) -> String {
        kind.decimalFormat.map { "(\(value)::numeric * \($0.unitsInOne))" } ?? value
    }

    /// SQL of the column's value, out of a sum in whole units. Not yet of the column's type.
    package func value(ofUnits units: String) -> String {
        kind.decimalFormat.map { "(\(units) * \($0.unit))" } ?? units
    }

    /// A sum in whole units as text, exactly as Postgres prints the column's value.
    package func text(ofUnits units: Int128) -> String {
        kind.decimalFormat?.text(ofUnits: units) ?? "\(units)"
    }
}
