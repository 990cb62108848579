import Daybook
import Foundation
import PostgresClient
import Synchronization
import Testing

/// A writer in a process of its own, killed at a random instant. What it leaves is one of its states, whole.
///
/// State n has all keys with the sum n, and is of flush n.
@Suite(.serialized) struct SnapshotKillTests {
    @Test(arguments: 0..<10 as Range<UInt64>)
    func whileItUpdates(seed: UInt64) async throws {
        try await withSnapshotFolder { folder in
            await #expect(processExitsWith: .signal(SIGKILL)) { [folder = folder as String, seed = seed as UInt64] in
                let store = try SnapshotStore(directory: folder)
                let executioner = Executioner(seed: seed)
                var base: SnapshotMoment?
                for flush in 1...100_000 as ClosedRange<Int64> {
                    base = try store.update(
                        KilledState.rollup, day: SnapshotFixture.day, changes: KilledState.changes(flush), from: base,
                        to: SnapshotFixture.moment(flush)
                    )?.moment
                    executioner.done()
                }
            }
            let store = try SnapshotStore(directory: folder)
            let flush = try KilledState.check(store)
            let next = try store.update(
                KilledState.rollup, day: SnapshotFixture.day, changes: KilledState.changes(flush + 1),
                from: SnapshotFixture.moment(flush), to: SnapshotFixture.moment(flush + 1)
            )
            #expect(next != nil)
            #expect(try KilledState.check(store) == flush + 1)
        }
    }

    @Test(arguments: 0..<10 as Range<UInt64>)
    func whileItWrites(seed: UInt64) async throws {
        try await withSnapshotFolder { folder in
            await #expect(processExitsWith: .signal(SIGKILL)) { [folder = folder as String, seed = seed as UInt64] in
                let store = try SnapshotStore(directory: folder)
                let executioner = Executioner(seed: seed)
                for flush in 1...100_000 as ClosedRange<Int64> {
                    try store.write(
                        KilledState.rollup, day: SnapshotFixture.day, rows: KilledState.rows(flush),
                        at: SnapshotFixture.moment(flush)
                    )
                    executioner.done()
                }
            }
            let store = try SnapshotStore(directory: folder)
            let flush = try KilledState.check(store)
            try store.write(
                KilledState.rollup, day: SnapshotFixture.day, rows: KilledState.rows(flush + 1),
                at: SnapshotFixture.moment(flush + 1)
            )
            #expect(try KilledState.check(store) == flush + 1)
        }
    }

    @Test(arguments: 0..<10 as Range<UInt64>)
    func whileItArchives(seed: UInt64) async throws {
        try await withSnapshotFolder { folder in
            await #expect(processExitsWith: .signal(SIGKILL)) { [folder = folder as String, seed = seed as UInt64] in
                let store = try SnapshotStore(directory: folder)
                let executioner = Executioner(seed: seed)
                for flush in 1...100_000 as ClosedRange<Int64> {
                    _ = try store.archive(
                        KilledState.rollup, day: SnapshotFixture.day, rows: KilledState.rows(flush),
                        at: SnapshotFixture.moment(flush), revision: Int(flush)
                    )
                    executioner.done()
                }
            }
            let store = try SnapshotStore(directory: folder)
            try store.removeLeftovers()
            let files = try store.list()
            #expect(!files.isEmpty)
            #expect(try filesBeside(files[0].path).count == files.count)
            for file in files {
                var rows: [RowKey: RollupRow] = [:]
                let stamp = try store.loadFile(file.path, as: KilledState.rollup) { batch in
                    for (key, row) in batch { rows[key] = row }
                }
                #expect(
                    rows == Dictionary(uniqueKeysWithValues: KilledState.rows(stamp.flush).map { ($0.key, $0.row) }))
            }
        }
    }
}

/// The rows of state n.
private enum KilledState {
    static let rollup = SnapshotFixture.rollup(nullable: true)

    static func rows(_ flush: Int64) -> [(key: RowKey, row: RollupRow)] {
        (0..<300).map { number in
            let key = RowKey([String(number), number % 3 == 0 ? nil : String(repeating: "x", count: number), "1"])
            return (key, RollupRow(count: 1, sums: [Int128(flush), 0], labelCounts: [[:]]))
        }
    }

    static func changes(_ flush: Int64) -> [(key: RowKey, row: RollupRow?)] {
        rows(flush).map { (key: $0.key, row: $0.row) }
    }

    /// - Returns: the flush whose state the file has.
    static func check(_ store: SnapshotStore) throws -> Int64 {
        let contents = try #require(try store.contents(rollup))
        #expect(contents.rows.count == 300)
        #expect(contents.rows.values.allSatisfy { $0.sums[0] == Int128(contents.stamp.flush) })
        return contents.stamp.flush
    }
}

/// Kills its own process a random while after some rounds, from a thread of its own.
private final class Executioner: Sendable {
    private let rounds = Atomic<Int>(0)
    private let spun = Atomic<Int>(0)

    init(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let last = Int.random(in: 1...6, using: &random)
        let spins = Int.random(in: 0..<2_000_000, using: &random)
        Thread.detachNewThread { [self] in
            while rounds.load(ordering: .relaxed) < last { sched_yield() }
            for _ in 0..<spins { spun.add(1, ordering: .relaxed) }
            kill(getpid(), SIGKILL)
        }
    }

    func done() {
        rounds.add(1, ordering: .relaxed)
    }
}
