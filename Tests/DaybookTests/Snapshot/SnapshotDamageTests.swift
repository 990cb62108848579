import Daybook
import Foundation
import PostgresClient
import Testing

/// Whatever happens to a file's bytes: it is refused, or its rows and stamp are exactly those that were written.
@Suite struct SnapshotDamageTests {
    enum Damage: CaseIterable {
        case flippedBit, truncated, zeroedBlock, overwritten, movedBlock
    }

    @Test(arguments: Damage.allCases, [false, true])
    func isRefusedOrHarmless(damage: Damage, nullable: Bool) async throws {
        try await withSnapshotFolder { folder in
            let store = try SnapshotStore(directory: folder)
            let rollup = SnapshotFixture.rollup(nullable: nullable)
            let rows = SnapshotFixture.rows(60, nullable: nullable, seed: 8)
            let stamp = try store.write(
                rollup, day: SnapshotFixture.day, rows: rows.snapshotRows, at: SnapshotFixture.moment(1)
            )
            let path = store.path(rollup, day: SnapshotFixture.day)
            let sound = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
            var random = SeededGenerator(seed: 9)
            var refused = 0
            for round in 0..<60 {
                var bytes = sound
                Self.damage(&bytes, damage, using: &random)
                try Data(bytes).write(to: URL(fileURLWithPath: path))
                do {
                    let contents = try #require(try store.contents(rollup))
                    #expect(contents.rows == rows, "round \(round)")
                    #expect(contents.stamp == stamp, "round \(round)")
                } catch is SnapshotRefusal {
                    refused += 1
                }
                #expect(try filesBeside(path) == ["2025-02-03.sqlite"])
            }
            #expect(refused > 10)
        }
    }

    /// Damage between two updates must not be covered up by the second.
    @Test func isStillRefusedAfterAnUpdate() async throws {
        try await withSnapshotFolder { folder in
            let store = try SnapshotStore(directory: folder)
            let rollup = SnapshotFixture.rollup(nullable: false)
            let rows = SnapshotFixture.rows(60, nullable: false, seed: 8)
            try store.write(rollup, day: SnapshotFixture.day, rows: rows.snapshotRows, at: SnapshotFixture.moment(1))
            let path = store.path(rollup, day: SnapshotFixture.day)
            let sound = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
            var random = SeededGenerator(seed: 10)
            for round in 0..<60 {
                var bytes = sound
                Self.damage(&bytes, .flippedBit, using: &random)
                try Data(bytes).write(to: URL(fileURLWithPath: path))
                var expected = rows
                let key = rows.keys.randomElement(using: &random)!
                expected[key] = SnapshotFixture.row(using: &random)
                do {
                    _ = try store.update(
                        rollup, day: SnapshotFixture.day, changes: [(key: key, row: expected[key])],
                        from: SnapshotFixture.moment(1), to: SnapshotFixture.moment(2)
                    )
                    let contents = try #require(try store.contents(rollup))
                    #expect(contents.rows == (contents.stamp.flush == 2 ? expected : rows), "round \(round)")
                } catch is SnapshotRefusal {
                    continue
                }
            }
        }
    }

    private static func damage(_ bytes: inout [UInt8], _ damage: Damage, using random: inout SeededGenerator) {
        let offset = Int.random(in: 0..<bytes.count, using: &random)
        let length = min(Int.random(in: 1..<2000, using: &random), bytes.count - offset)
        switch damage {
        case .flippedBit: bytes[offset] ^= 1 << UInt8.random(in: 0..<8, using: &random)
        case .truncated: bytes.removeLast(bytes.count - offset)
        case .zeroedBlock: for index in offset..<offset + length { bytes[index] = 0 }
        case .overwritten: for index in offset..<offset + length { bytes[index] = .random(in: 0...255, using: &random) }
        case .movedBlock:
            let source = Int.random(in: 0...bytes.count - length, using: &random)
            let block = Array(bytes[source..<source + length])
            bytes.replaceSubrange(offset..<offset + length, with: block)
        }
    }
}
