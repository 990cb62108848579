import Testing

@testable import Daybook

struct RollupRowTests {
    private func delta(_ count: Int128, _ sum: Int128, _ label: String?) -> EventDelta {
        EventDelta(count: count, sums: [sum], labels: [Label(label)])
    }

    @Test func deltasAddUp() {
        var row = RollupRow.empty(sums: 1, labels: 1)
        row.add(delta(3, 10, "a"))
        row.add(delta(1, 5, nil))
        row.add(delta(-1, -4, "a"))
        #expect(row == RollupRow(count: 3, sums: [11], labelCounts: [[Label("a"): 2, Label(nil): 1]]))
        row.add(delta(-2, -6, "a"))
        row.add(delta(-1, -5, nil))
        #expect(row == .empty(sums: 1, labels: 1))
    }

    @Test func aValueMayChangeWithoutTheCount() {
        var row = RollupRow(count: 1, sums: [1], labelCounts: [[Label("a"): 1]])
        row.add(delta(0, 41, "a"))
        #expect(row == RollupRow(count: 1, sums: [42], labelCounts: [[Label("a"): 1]]))
    }

    @Test func sumsGoBeyondSixtyFourBitsAndBack() {
        var row = RollupRow.empty(sums: 1, labels: 1)
        for _ in 0..<3 { row.add(delta(1, Int128(Int64.max), "a")) }
        #expect(row.sums == [3 * Int128(Int64.max)])
        for _ in 0..<3 { row.add(delta(-1, -Int128(Int64.max), "a")) }
        #expect(row == .empty(sums: 1, labels: 1))
    }

    @Test(arguments: [
        (RollupRow(count: 0, sums: [0], labelCounts: [[:]]), true),
        (RollupRow(count: 2, sums: [-7], labelCounts: [[Label("a"): 1, Label(nil): 1]]), true),
        (RollupRow(count: -1, sums: [0], labelCounts: [[Label("a"): -1]]), false),
        (RollupRow(count: 0, sums: [1], labelCounts: [[:]]), false),
        (RollupRow(count: 0, sums: [0], labelCounts: [[Label("a"): 1, Label("b"): -1]]), false),
        (RollupRow(count: 1, sums: [0], labelCounts: [[Label("a"): 2, Label("b"): -1]]), false),
        (RollupRow(count: 2, sums: [0], labelCounts: [[Label("a"): 1]]), false),
        (RollupRow(count: 1, sums: [0], labelCounts: [[:]]), false),
    ])
    func plausibility(_ row: RollupRow, _ isPlausible: Bool) {
        #expect(row.isPlausible == isPlausible)
    }

    @Test func rankingIsLargestFirstThenCodePointsThenNull() {
        let row = RollupRow(
            count: 12, sums: [],
            labelCounts: [
                ["b": 2, "a": 2, "B": 2, "\u{1F600}": 2, "z": 3].reduce(into: [Label(nil): 1]) {
                    $0[Label($1.key)] = $1.value
                }
            ]
        )
        #expect(row.ranking(of: 0).map(\.label.text) == ["z", "B", "a", "b", "\u{1F600}", nil])
        #expect(row.ranking(of: 0).map(\.count) == [3, 2, 2, 2, 2, 1])
    }
}
