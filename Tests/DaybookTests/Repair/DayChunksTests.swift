import PostgresClient
import Testing

@testable import Daybook

struct DayChunksTests {
    private func days(_ counts: [(Int32, Int64)]) -> [PostgresDate: Int64] {
        Dictionary(uniqueKeysWithValues: counts.map { (PostgresDate(daysSince2000: $0.0), $0.1) })
    }

    private func next(_ counts: [(Int32, Int64)], rows: Int64) -> [Int32] {
        DayChunks.next(of: days(counts), rows: rows).map(\.daysSince2000)
    }

    @Test func newestFirstUpToTheLimit() {
        #expect(next([(1, 4), (3, 3), (2, 3), (9, 3)], rows: 9) == [9, 3, 2])
        #expect(next([(1, 4), (3, 3), (2, 3), (9, 3)], rows: 8) == [9, 3])
    }

    @Test func oneDayAloneMayHaveMore() {
        #expect(next([(1, 1), (2, 1_000_000)], rows: 10) == [2])
        #expect(next([(1, 1_000_000), (2, 1)], rows: 10) == [2])
    }

    @Test func noDays() {
        #expect(next([], rows: 10).isEmpty)
    }

    @Test func emptyDaysAreBoundedToo() {
        let many = (0..<1000).map { (Int32($0), Int64(0)) }
        #expect(next(many, rows: 10).count == DayChunks.days)
        #expect(next(many, rows: 10).first == 999)
    }

    @Test func everyDayIsDoneOnceWhateverTheCounts() {
        var generator = SeededGenerator(seed: 5)
        var left = days((0..<500).map { (Int32($0) - 250, Int64.random(in: 0...50, using: &generator)) })
        var done: [PostgresDate] = []
        while true {
            let chunk = DayChunks.next(of: left, rows: 60)
            if chunk.isEmpty { break }
            done += chunk
            for day in chunk { left[day] = nil }
        }
        #expect(done.map(\.daysSince2000) == Array((-250..<250).reversed()).map { Int32($0) })
    }
}
