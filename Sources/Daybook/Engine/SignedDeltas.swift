/// What the events of one key add up to where it matters what came and what went: a pure value.
///
/// What came is taken in first. Whatever went and lies inside of the extreme that is then known has changed nothing;
/// what reaches it may have been it, and then only the sources can tell the next one.
package struct SignedDeltas {
    private var deltas: [EventDelta] = []

    package init() {}

    package mutating func append(_ delta: EventDelta) {
        deltas.append(delta)
    }

    /// Adds everything to the row.
    /// - Returns: false where only the sources can tell the row's extremes and sets.
    package func apply(to row: inout RollupRow, shape: DayAccumulator.Shape) -> Bool {
        for delta in deltas { row.add(delta) }
        guard row.count != 0 else {
            row.forgetValues(shape)
            return true
        }
        var isKnown = true
        for (index, end) in shape.extremes.enumerated() {
            for delta in deltas where delta.count > 0 {
                row.extremes[index] = end.outer(row.extremes[index], delta.extremes[index])
            }
            for delta in deltas where delta.count < 0 {
                guard let gone = delta.extremes[index] else { continue }
                if row.extremes[index].map({ end.reaches(gone, $0) }) ?? true { isKnown = false }
            }
        }
        for index in 0..<shape.distincts {
            var net: [Int64: Int64] = [:]
            for delta in deltas {
                guard let hash = delta.hashes[index] else { continue }
                net[hash, default: 0] += Int64(clamping: delta.count)
            }
            if !row.distincts[index].add(net.filter { $0.value != 0 }) { isKnown = false }
        }
        return isKnown
    }
}
