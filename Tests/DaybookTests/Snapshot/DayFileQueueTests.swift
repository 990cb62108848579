import Daybook
import PostgresClient
import Testing

/// What waits for the files of open days, and in which shape.
struct DayFileQueueTests {
    private let day = DayFileQueue.Day(rollup: 1, day: SnapshotFixture.day)

    private func rows(_ values: (String, Int)...) -> [RowKey: RollupRow] {
        Dictionary(
            uniqueKeysWithValues: values.map { key, count in
                (RowKey([key]), RollupRow(count: Int128(count), sums: [], labelCounts: []))
            })
    }

    private func queue(at flush: Int64 = 1) -> DayFileQueue {
        var queue = DayFileQueue()
        queue.found(day, at: SnapshotFixture.moment(flush))
        return queue
    }

    private enum Answer {
        case taken, rowsWanted
    }

    private func add(
        _ day: DayFileQueue.Day, _ rows: [RowKey: RollupRow], at moment: SnapshotMoment, to queue: inout DayFileQueue
    ) -> Answer {
        queue.change(day, rows, at: moment) ? .taken : .rowsWanted
    }

    private func work(of queue: inout DayFileQueue) -> DayFileQueue.Work? { queue.take()?.work }

    @Test func aDayWithoutAFileNeedsAllRows() {
        var queue = DayFileQueue()
        #expect(add(day, rows(("a", 1)), at: SnapshotFixture.moment(1), to: &queue) == .rowsWanted)
        queue.replace(day, rows: rows(("a", 1)), at: SnapshotFixture.moment(1))
        #expect(work(of: &queue) == .write(rows(("a", 1)), at: SnapshotFixture.moment(1)))
        queue.finish(.done)
        #expect(queue.isIdle)
        #expect(add(day, rows(("b", 1)), at: SnapshotFixture.moment(2), to: &queue) == .taken)
        #expect(
            work(of: &queue)
                == .update(rows(("b", 1)), from: SnapshotFixture.moment(1), to: SnapshotFixture.moment(2)))
    }

    @Test func flushesThatWaitBecomeOne() {
        var queue = queue()
        #expect(add(day, rows(("a", 1), ("b", 1)), at: SnapshotFixture.moment(2), to: &queue) == .taken)
        #expect(add(day, rows(("a", 0), ("c", 3)), at: SnapshotFixture.moment(3), to: &queue) == .taken)
        #expect(
            work(of: &queue)
                == .update(
                    rows(("a", 0), ("b", 1), ("c", 3)), from: SnapshotFixture.moment(1), to: SnapshotFixture.moment(3)
                )
        )
        #expect(work(of: &queue) == nil)
    }

    @Test func whatComesMeanwhileGoesOnFromThere() {
        var queue = queue()
        #expect(add(day, rows(("a", 1)), at: SnapshotFixture.moment(2), to: &queue) == .taken)
        _ = queue.take()
        #expect(add(day, rows(("b", 1)), at: SnapshotFixture.moment(3), to: &queue) == .taken)
        #expect(work(of: &queue) == nil)
        queue.finish(.done)
        #expect(
            work(of: &queue)
                == .update(rows(("b", 1)), from: SnapshotFixture.moment(2), to: SnapshotFixture.moment(3)))
    }

    @Test func whatIsTooMuchIsAskedForWhole() {
        var queue = queue()
        let many = Dictionary(
            uniqueKeysWithValues: (0..<DayFileQueue.changeLimit).map {
                (RowKey(["\($0)"]), RollupRow(count: 1, sums: [], labelCounts: []))
            })
        #expect(add(day, many, at: SnapshotFixture.moment(2), to: &queue) == .taken)
        #expect(add(day, rows(("one more", 1)), at: SnapshotFixture.moment(3), to: &queue) == .rowsWanted)
        queue.replace(day, rows: rows(("all", 1)), at: SnapshotFixture.moment(3))
        #expect(work(of: &queue) == .write(rows(("all", 1)), at: SnapshotFixture.moment(3)))
    }

    @Test func rowsThatWaitWholeTakeChangesIn() {
        var queue = DayFileQueue()
        queue.replace(day, rows: rows(("a", 1), ("b", 1)), at: SnapshotFixture.moment(1))
        #expect(add(day, rows(("a", 0), ("c", 1)), at: SnapshotFixture.moment(2), to: &queue) == .taken)
        #expect(work(of: &queue) == .write(rows(("b", 1), ("c", 1)), at: SnapshotFixture.moment(2)))
    }

    @Test func whatIsHeldOffIsTriedAgainWithWhatCameSince() {
        var queue = queue()
        #expect(add(day, rows(("a", 1), ("b", 1)), at: SnapshotFixture.moment(2), to: &queue) == .taken)
        _ = queue.take()
        #expect(add(day, rows(("b", 2)), at: SnapshotFixture.moment(3), to: &queue) == .taken)
        queue.finish(.busy)
        #expect(work(of: &queue) == nil && !queue.isIdle)
        queue.tryHeldAgain()
        #expect(
            work(of: &queue)
                == .update(rows(("a", 1), ("b", 2)), from: SnapshotFixture.moment(1), to: SnapshotFixture.moment(3)))
    }

    @Test func afterALossAllRowsAreNeeded() {
        var queue = queue()
        #expect(add(day, rows(("a", 1)), at: SnapshotFixture.moment(2), to: &queue) == .taken)
        _ = queue.take()
        #expect(add(day, rows(("b", 1)), at: SnapshotFixture.moment(3), to: &queue) == .taken)
        queue.finish(.lost)
        #expect(work(of: &queue) == nil && queue.isIdle)
        #expect(add(day, rows(("c", 1)), at: SnapshotFixture.moment(4), to: &queue) == .rowsWanted)
    }

    @Test func aFileThatIsToGoTakesNoChanges() {
        var queue = queue()
        queue.remove(day)
        #expect(add(day, rows(("a", 1)), at: SnapshotFixture.moment(2), to: &queue) == .rowsWanted)
        #expect(work(of: &queue) == .remove)
        #expect(add(day, rows(("a", 1)), at: SnapshotFixture.moment(2), to: &queue) == .rowsWanted)
        queue.finish(.done)
        #expect(queue.isIdle)
        #expect(add(day, rows(("a", 1)), at: SnapshotFixture.moment(2), to: &queue) == .rowsWanted)
    }

    @Test(arguments: [
        (SnapshotMoment(cursor: .everything, flush: 5, flushID: "x"), DayFlushes.Verdict.present),
        (SnapshotMoment(cursor: .everything, flush: 6, flushID: "y"), .present),
        (SnapshotMoment(cursor: .everything, flush: 4, flushID: "w"), .stale),
        (SnapshotMoment(cursor: .everything, flush: 5, flushID: "y"), .unknown),
        (SnapshotMoment(cursor: .everything, flush: 7, flushID: "z"), .unknown),
    ])
    func theDatabaseJudges(_ moment: SnapshotMoment, verdict: DayFlushes.Verdict) {
        let known = DayFlushes(lastChange: [SnapshotFixture.day: 5], flushIDs: [4: "w", 5: "x", 6: "y"])
        #expect(known.verdict(on: moment, of: SnapshotFixture.day) == verdict)
        if verdict == .present {
            #expect(known.verdict(on: moment, of: SnapshotFixture.day.advanced(by: 1)) == .stale)
        }
    }
}

extension PostgresSnapshot {
    fileprivate static var everything: PostgresSnapshot { SnapshotFixture.moment(1).cursor }
}
