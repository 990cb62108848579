import Daybook
import PostgresClient
import Testing

@Suite struct SnapshotUpdateTests {
    @Test(arguments: [false, true], [1, 2, 3] as [UInt64])
    func updatesGiveWhatAFullWriteGives(nullable: Bool, seed: UInt64) async throws {
        try await withSnapshotFolder { folder in
            let store = try SnapshotStore(directory: folder)
            let rollup = SnapshotFixture.rollup(nullable: nullable)
            var random = SeededGenerator(seed: seed)
            var rows: [RowKey: RollupRow] = [:]
            var base: SnapshotMoment?
            for flush in 1...25 as ClosedRange<Int64> {
                var changes: [RowKey: RollupRow?] = [:]
                for _ in 0..<Int.random(in: 0..<12, using: &random) {
                    changes.updateValue(
                        SnapshotFixture.row(using: &random),
                        forKey: SnapshotFixture.key(nullable: nullable, using: &random))
                }
                for key in rows.keys.sorted() where Int.random(in: 0..<6, using: &random) == 0 {
                    changes.updateValue(Bool.random(using: &random) ? nil : .empty(sums: 2, labels: 1), forKey: key)
                }
                for (key, row) in changes { rows[key] = row.flatMap { $0.count == 0 ? nil : $0 } }
                let stamp = try store.update(
                    rollup, day: SnapshotFixture.day, changes: changes.map { (key: $0.key, row: $0.value) }, from: base,
                    to: SnapshotFixture.moment(flush)
                )
                base = try #require(stamp).moment
                let contents = try #require(try store.contents(rollup))
                #expect(contents.stamp == stamp)
                #expect(contents.rows == rows)
            }
            let updated = try #require(try store.contents(rollup)).stamp
            let written = try store.write(
                rollup, day: SnapshotFixture.day, rows: rows.snapshotRows, at: SnapshotFixture.moment(25)
            )
            #expect(updated == written)
            #expect(try filesBeside(store.path(rollup, day: SnapshotFixture.day)) == ["2025-02-03.sqlite"])
        }
    }

    @Test func aFileAtAnotherFlushIsNotTouched() async throws {
        try await withSnapshotFolder { folder in
            let store = try SnapshotStore(directory: folder)
            let rollup = SnapshotFixture.rollup(nullable: true)
            let rows = SnapshotFixture.rows(5, nullable: true, seed: 1)
            let changes = SnapshotFixture.rows(3, nullable: true, seed: 2).map {
                (key: $0.key, row: Optional($0.value))
            }
            func update(from base: SnapshotMoment?) throws -> SnapshotStamp? {
                try store.update(
                    rollup, day: SnapshotFixture.day, changes: changes, from: base, to: SnapshotFixture.moment(9))
            }
            #expect(try update(from: SnapshotFixture.moment(3)) == nil)
            #expect(try store.contents(rollup) == nil)
            try store.write(rollup, day: SnapshotFixture.day, rows: rows.snapshotRows, at: SnapshotFixture.moment(4))
            #expect(try update(from: SnapshotFixture.moment(3)) == nil)
            #expect(try update(from: nil) == nil)
            // The same number, counted again after a restore.
            #expect(try update(from: SnapshotFixture.moment(4, id: "another")) == nil)
            #expect(try store.contents(rollup)?.rows == rows)
            #expect(try update(from: SnapshotFixture.moment(4)) != nil)
        }
    }

    @Test func aFileOfAnotherDefinitionIsRefused() async throws {
        try await withSnapshotFolder { folder in
            let store = try SnapshotStore(directory: folder)
            let rows = SnapshotFixture.rows(5, nullable: false, seed: 1)
            try store.write(
                SnapshotFixture.rollup(nullable: false), day: SnapshotFixture.day, rows: rows.snapshotRows,
                at: SnapshotFixture.moment(1)
            )
            let refusal = #expect(throws: SnapshotRefusal.self) {
                try store.update(
                    SnapshotFixture.rollup(nullable: true), day: SnapshotFixture.day, changes: [],
                    from: SnapshotFixture.moment(1), to: SnapshotFixture.moment(2)
                )
            }
            #expect(refusal?.reason == .otherDefinition)
        }
    }
}
