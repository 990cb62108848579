import Testing

@testable import Daybook

/// What memory can tell of extremes and sets, and when it has to ask, against a model that has all values.
struct SignedDeltasTests {
    private static let shape = DayAccumulator.Shape(sums: 1, labels: 0, extremes: [.smallest, .largest], distincts: 1)

    private func delta(_ values: [Int64], _ sign: Int128) -> EventDelta {
        EventDelta(
            count: sign * Int128(values.count), sums: [0], hashes: [values[0]],
            extremes: [values.min().map { RankedValue(rank: $0) }, values.max().map { RankedValue(rank: $0) }])
    }

    private func row(_ values: [Int64]) -> RollupRow {
        RollupRow(
            count: Int128(values.count), sums: [0], labelCounts: [],
            extremes: [values.min().map { RankedValue(rank: $0) }, values.max().map { RankedValue(rank: $0) }],
            distincts: [.exact(values.reduce(into: [:]) { $0[$1, default: 0] += 1 })])
    }

    @Test func whatComesIsKnown() {
        var row = row([5, 7])
        var deltas = SignedDeltas()
        deltas.append(delta([3], 1))
        let deltasKnown = deltas.apply(to: &row, shape: Self.shape)
        #expect(deltasKnown && row == self.row([5, 7, 3]))
    }

    @Test func whatGoesFromWithinIsKnown() {
        var row = row([1, 5, 9])
        var deltas = SignedDeltas()
        deltas.append(delta([5], -1))
        let deltasKnown = deltas.apply(to: &row, shape: Self.shape)
        #expect(deltasKnown && row == self.row([1, 9]))
    }

    @Test(arguments: [1, 9]) func whatGoesFromAnEndIsNot(_ value: Int64) {
        var row = row([1, 5, 9])
        var deltas = SignedDeltas()
        deltas.append(delta([value], -1))
        let deltasKnown = deltas.apply(to: &row, shape: Self.shape)
        #expect(!deltasKnown)
    }

    /// A new extreme comes in the same turn in which the old one goes, whichever was logged first.
    @Test(arguments: [true, false]) func whatComesIsLookedAtFirst(_ isFirst: Bool) {
        var row = row([3, 5, 9])
        var deltas = SignedDeltas()
        if isFirst { deltas.append(delta([2], 1)) }
        deltas.append(delta([3], -1))
        if !isFirst { deltas.append(delta([2], 1)) }
        let deltasKnown = deltas.apply(to: &row, shape: Self.shape)
        #expect(deltasKnown && row == self.row([2, 5, 9]))
    }

    @Test func nothingIsLeftOfAnEmptyRow() {
        var row = row([3])
        var deltas = SignedDeltas()
        deltas.append(delta([3], -1))
        let deltasKnown = deltas.apply(to: &row, shape: Self.shape)
        #expect(deltasKnown && row == .empty(Self.shape) && row.isPlausible)
    }

    @Test func nullIsNoValue() {
        var row = row([3])
        var deltas = SignedDeltas()
        deltas.append(EventDelta(count: 1, sums: [0], hashes: [nil], extremes: [nil, nil]))
        let deltasKnown = deltas.apply(to: &row, shape: Self.shape)
        #expect(deltasKnown && row.count == 2 && row.extremes == self.row([3]).extremes)
        var others = SignedDeltas()
        others.append(EventDelta(count: -1, sums: [0], hashes: [nil], extremes: [nil, nil]))
        let othersKnown = others.apply(to: &row, shape: Self.shape)
        #expect(othersKnown && row == self.row([3]))
    }

    /// Whenever memory says that it knows, it is right; and it has to ask only when something at an end has gone.
    @Test(arguments: 1...8) func memoryIsRightWheneverItSaysSo(seed: Int) {
        var random = SeededGenerator(seed: UInt64(seed))
        var values: [Int64] = []
        var row = RollupRow.empty(Self.shape)
        for _ in 0..<400 {
            var deltas = SignedDeltas()
            var touched = false
            let ends = (values.min(), values.max())
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                if values.isEmpty || Bool.random(using: &random) {
                    let value = Int64.random(in: 0..<30, using: &random)
                    values.append(value)
                    deltas.append(delta([value], 1))
                } else {
                    let gone = values.remove(at: Int.random(in: values.indices, using: &random))
                    if gone == ends.0 || gone == ends.1 { touched = true }
                    if ends.0.map({ gone < $0 }) ?? true || ends.1.map({ gone > $0 }) ?? true { touched = true }
                    deltas.append(delta([gone], -1))
                }
            }
            let isKnown = deltas.apply(to: &row, shape: Self.shape)
            if isKnown { #expect(row == self.row(values)) } else { #expect(touched) }
            if values.isEmpty { row = .empty(Self.shape) } else { row = self.row(values) }
        }
    }
}
