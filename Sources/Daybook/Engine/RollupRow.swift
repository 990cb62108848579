/// The measures of one row, in 128 bits, as they add up from signed deltas.
package struct RollupRow: Sendable, Hashable {
    /// Number of source rows. A row is there as long as this is not zero.
    package var count: Int128
    /// In the order of ``Rollup/sums``.
    package var sums: [Int128]
    /// In the order of ``Rollup/labels``: how many source rows carry each label. No zero is kept.
    package var labelCounts: [[Label: Int128]]
    /// In the order of ``Rollup/extremes``; nil where no source row has a value.
    package var extremes: [RankedValue?]
    /// In the order of ``Rollup/distincts``.
    package var distincts: [DistinctSet]

    package init(
        count: Int128, sums: [Int128], labelCounts: [[Label: Int128]], extremes: [RankedValue?] = [],
        distincts: [DistinctSet] = []
    ) {
        self.count = count
        self.sums = sums
        self.labelCounts = labelCounts
        self.extremes = extremes
        self.distincts = distincts
    }

    /// The row of a key that has no source rows.
    package static func empty(sums: Int, labels: Int) -> RollupRow {
        RollupRow(count: 0, sums: Array(repeating: 0, count: sums), labelCounts: Array(repeating: [:], count: labels))
    }

    /// The row of a key that has no source rows.
    package static func empty(_ shape: DayAccumulator.Shape) -> RollupRow {
        var row = empty(sums: shape.sums, labels: shape.labels)
        row.forgetValues(shape)
        return row
    }

    /// Takes out what only source rows have.
    package mutating func forgetValues(_ shape: DayAccumulator.Shape) {
        extremes = Array(repeating: nil, count: shape.extremes.count)
        distincts = Array(repeating: .empty, count: shape.distincts)
    }

    /// Adds counts, sums and labels up. Extremes and sets are ``SignedDeltas``' work.
    package mutating func add(_ delta: EventDelta) {
        count += delta.count
        for index in sums.indices { sums[index] += delta.sums[index] }
        for index in labelCounts.indices {
            let total = labelCounts[index][delta.labels[index], default: 0] + delta.count
            labelCounts[index][delta.labels[index]] = total == 0 ? nil : total
        }
    }

    /// Whether some set of source rows can have these measures. If not, events were missed: the sources have to decide.
    package var isPlausible: Bool {
        guard count > 0 else { return count == 0 && sums.allSatisfy { $0 == 0 } && labelCounts.allSatisfy(\.isEmpty) }
        return labelCounts.allSatisfy { counts in
            counts.values.allSatisfy { $0 > 0 } && counts.values.reduce(0, +) == count
        }
    }

    /// A row that counts less than nothing becomes one that counts nothing, and so do its labels.
    package mutating func curb(_ shape: DayAccumulator.Shape) {
        if count <= 0 { self = .empty(shape) }
        for index in labelCounts.indices { labelCounts[index] = labelCounts[index].filter { $0.value > 0 } }
    }

    /// Labels with their counts, largest first, then in code point order, nulls last.
    package func ranking(of label: Int) -> [(label: Label, count: Int128)] {
        labelCounts[label].sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { ($0.key, $0.value) }
    }
}

/// What events of one key and one set of labels add up to.
package struct EventDelta: Sendable, Hashable {
    package var count: Int128
    /// In the order of ``Rollup/sums``.
    package var sums: [Int128]
    /// In the order of ``Rollup/labels``.
    package var labels: [Label]
    /// In the order of ``Rollup/distincts``; nil where the value is null.
    package var hashes: [Int64?]
    /// In the order of ``Rollup/extremes``: of the rows that came, where `count` is above zero, or of those that went.
    package var extremes: [RankedValue?]

    package init(
        count: Int128, sums: [Int128], labels: [Label] = [], hashes: [Int64?] = [], extremes: [RankedValue?] = []
    ) {
        self.count = count
        self.sums = sums
        self.labels = labels
        self.hashes = hashes
        self.extremes = extremes
    }
}
