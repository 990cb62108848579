import PostgresClient
import Testing

@testable import Daybook

struct DayAccumulatorTests {
    private static let day = PostgresDate(daysSince2000: 9000)
    private static let shape = DayAccumulator.Shape(sums: 1, labels: 1)

    private func accumulator(parked: Set<RowKey> = [], isComplete: Bool = true) -> DayAccumulator {
        DayAccumulator(day: Self.day, shape: Self.shape, parked: parked, isComplete: isComplete)
    }

    private func delta(_ count: Int128, _ sum: Int128, _ label: String? = "a") -> EventDelta {
        EventDelta(count: count, sums: [sum], labels: [Label(label)])
    }

    private func one(_ sum: Int128) -> RollupRow {
        RollupRow(count: 1, sums: [sum], labelCounts: [[Label("a"): 1]])
    }

    /// Deltas of updates and deletes before those of the rows they change, in pieces of any size.
    @Test(arguments: 1...20)
    func theOrderOfDeltasDoesNotMatter(seed: Int) async {
        var generator = SeededGenerator(seed: UInt64(seed))
        var deltas: [(key: RowKey, delta: EventDelta)] = []
        for _ in 0..<200 {
            let key = RowKey(["k\(Int.random(in: 0..<7, using: &generator))"])
            let label = ["a", "b", nil].randomElement(using: &generator) ?? nil
            let sum = Int128(Int64.random(in: .min ... .max, using: &generator))
            deltas.append((key, delta(1, sum, label)))
            switch Int.random(in: 0..<3, using: &generator) {
            case 0: deltas.append((key, delta(-1, -sum, label)))
            case 1: deltas += [(key, delta(-1, -sum, label)), (key, delta(1, 5, "c"))]
            default: break
            }
        }
        let reference = accumulator()
        _ = await reference.add(deltas)
        let expected = await reference.dirtyRows()
        for _ in 0..<5 {
            let shuffled = deltas.shuffled(using: &generator)
            let other = accumulator()
            var rest = shuffled[...]
            while !rest.isEmpty {
                let piece = rest.prefix(Int.random(in: 1...40, using: &generator))
                rest = rest.dropFirst(piece.count)
                _ = await other.add(Array(piece))
            }
            let rows = await other.dirtyRows()
            #expect(rows.map(\.key) == expected.map(\.key))
            #expect(rows.map(\.row) == expected.map(\.row))
            #expect(await other.allRows() == reference.allRows())
        }
    }

    @Test func onlyUnknownKeysOfACacheHaveToBeLoaded() async {
        let (known, absent, parked, unknown) = (RowKey(["1"]), RowKey(["2"]), RowKey(["3"]), RowKey(["4"]))
        let cache = accumulator(parked: [parked], isComplete: false)
        await cache.load([(known, one(1)), (absent, nil)])
        #expect(await cache.missing([known, absent, parked, unknown]) == [unknown])
        #expect(await accumulator().missing([unknown]).isEmpty)
        // What has been counted since is not overwritten.
        _ = await cache.add([(known, delta(0, 5))])
        await cache.load([(known, one(1))])
        #expect(await cache.dirtyRows().map(\.row) == [one(6)])
    }

    @Test func anEmptiedRowIsWrittenOnceAsEmpty() async {
        let key = RowKey(["1"])
        let day = accumulator()
        await day.load([(key, one(3))])
        _ = await day.add([(key, delta(-1, -3))])
        #expect(await day.dirtyRows().map(\.row) == [.empty(sums: 1, labels: 1)])
        #expect(await day.allRows().isEmpty)
        await day.flushed()
        #expect(await day.dirtyRows().isEmpty)
        #expect(await day.rowCount == 0)
    }

    @Test func parkedKeysAreDeafUntilReplaced() async {
        let key = RowKey([nil])
        let day = accumulator()
        _ = await day.add([(key, delta(1, 1))])
        await day.park([key])
        #expect(await day.dirtyRows().isEmpty)
        #expect(await day.add([(key, delta(1, 1))]).parked == [key])
        #expect(await day.dirtyRows().isEmpty)
        await day.replace([(key, one(9))])
        #expect(await day.dirtyRows().map(\.row) == [one(9)])
        #expect(await day.add([(key, delta(0, 1))]).parked.isEmpty)
    }

    @Test func whatIsParkedIsGoneForWhoeverWatches() async {
        let key = RowKey(["1"])
        let day = accumulator()
        _ = await day.add([(key, delta(1, 1))])
        #expect(await day.takeUnpublished().map(\.row) == [one(1)])
        await day.park([key])
        #expect(await day.takeUnpublished().map(\.row) == [.empty(sums: 1, labels: 1)])
    }

    @Test func impossibleRowsAreDoubted() async {
        let (gone, fine) = (RowKey(["1"]), RowKey(["2"]))
        let doubts = await accumulator().add([(gone, delta(-1, -1)), (fine, delta(1, 1))])
        #expect(doubts.implausible == [gone])
        #expect(doubts.parked.isEmpty)
    }

    @Test func doubtsAreOfTheWholePieceNotOfItsOrder() async {
        let key = RowKey(["1"])
        #expect(await accumulator().add([(key, delta(-1, -1)), (key, delta(1, 1))]).implausible.isEmpty)
    }

    @Test func evictionForgetsAndLoadsAgain() async {
        let key = RowKey(["1"])
        let day = accumulator()
        _ = await day.add([(key, delta(1, 1))])
        await day.flushed()
        await day.evict()
        #expect(await day.rowCount == 0)
        #expect(await day.missing([key]) == [key])
    }

    @Test func publishingAndFlushingAreIndependent() async {
        let key = RowKey(["1"])
        let day = accumulator()
        _ = await day.add([(key, delta(1, 1))])
        await day.flushed()
        #expect(await day.takeUnpublished().map(\.row) == [one(1)])
        #expect(await day.takeUnpublished().isEmpty)
    }
}
