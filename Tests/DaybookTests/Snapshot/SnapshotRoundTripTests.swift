import Daybook
import PostgresClient
import Testing

@Suite struct SnapshotRoundTripTests {
    @Test(arguments: [false, true], [0, 1, 30, 400])
    func rowsComeBackAsTheyWere(nullable: Bool, count: Int) async throws {
        try await withSnapshotFolder { folder in
            let store = try SnapshotStore(directory: folder)
            let rollup = SnapshotFixture.rollup(nullable: nullable)
            let rows = SnapshotFixture.rows(count, nullable: nullable, seed: UInt64(count))
            let stamp = try store.write(
                rollup, day: SnapshotFixture.day, rows: rows.snapshotRows, at: SnapshotFixture.moment(7)
            )
            let contents = try #require(try store.contents(rollup))
            #expect(contents.rows == rows)
            #expect(contents.stamp == stamp)
            #expect(stamp.rows == rows.count)
            #expect(stamp.moment == SnapshotFixture.moment(7))
            #expect(try filesBeside(store.path(rollup, day: SnapshotFixture.day)) == ["2025-02-03.sqlite"])
        }
    }

    @Test func rowsComeInBoundedBatches() async throws {
        try await withSnapshotFolder { folder in
            let store = try SnapshotStore(directory: folder)
            let rollup = SnapshotFixture.rollup(nullable: false)
            let row = RollupRow(count: 1, sums: [1, 2], labelCounts: [[:]])
            let rows = (0..<4500).map { (key: RowKey([String($0), "a", "1"]), row: row) }
            try store.write(rollup, day: SnapshotFixture.day, rows: rows, at: SnapshotFixture.moment(1))
            var sizes: [Int] = []
            _ = try store.load(rollup, day: SnapshotFixture.day) { sizes.append($0.count) }
            #expect(sizes == [2000, 2000, 500])
        }
    }

    @Test(arguments: ["0044-03-15 BC", "294276-12-31", "5874897-12-31", "2000-01-01"])
    func anyDay(text: String) async throws {
        try await withSnapshotFolder { folder in
            let store = try SnapshotStore(directory: folder)
            let rollup = SnapshotFixture.rollup(nullable: true)
            let day = try #require(PostgresDate(text))
            let rows = SnapshotFixture.rows(5, nullable: true, seed: 4)
            try store.write(rollup, day: day, rows: rows.snapshotRows, at: SnapshotFixture.moment(1))
            #expect(try store.contents(rollup, day: day)?.rows == rows)
            #expect(try store.contents(rollup) == nil)
        }
    }

    @Test(arguments: ["meta", "SQLITE_stat", "a/b", "..", "x%2f", "day", "Ta\"b", String(repeating: "é/", count: 60)])
    func anyTable(name: String) async throws {
        try await withSnapshotFolder { folder in
            let store = try SnapshotStore(directory: folder)
            let rollup = SnapshotFixture.rollup(nullable: false, table: name)
            let rows = SnapshotFixture.rows(5, nullable: false, seed: 5)
            try store.write(rollup, day: SnapshotFixture.day, rows: rows.snapshotRows, at: SnapshotFixture.moment(1))
            #expect(try store.contents(rollup)?.rows == rows)
            #expect(try store.list().count == 1)
        }
    }

    @Test func emptyRowsAreNotKept() async throws {
        try await withSnapshotFolder { folder in
            let store = try SnapshotStore(directory: folder)
            let rollup = SnapshotFixture.rollup(nullable: false)
            let rows = [(key: RowKey(["1", "a", "1"]), row: RollupRow.empty(sums: 2, labels: 1))]
            let stamp = try store.write(rollup, day: SnapshotFixture.day, rows: rows, at: SnapshotFixture.moment(1))
            #expect(stamp.rows == 0)
            #expect(try store.contents(rollup)?.rows == [:])
        }
    }

    @Test(
        arguments: [
            (["1", "a", "1"], Int128(Int64.max) + 1), (["1", "a\0b", "1"], 1), (["01", "a", "1"], 1),
            ([nil, "a", "1"], 1),
            (["x", "a", "1"], 1), (["1", "a"], 1),
        ] as [([String?], Int128)])
    func whatNoFileCanHoldIsAnErrorAndLeavesTheOldFile(key: [String?], sum: Int128) async throws {
        try await withSnapshotFolder { folder in
            let store = try SnapshotStore(directory: folder)
            let rollup = SnapshotFixture.rollup(nullable: false)
            let rows = SnapshotFixture.rows(5, nullable: false, seed: 6)
            try store.write(rollup, day: SnapshotFixture.day, rows: rows.snapshotRows, at: SnapshotFixture.moment(1))
            let bad = RollupRow(count: 1, sums: [sum, 0], labelCounts: [[:]])
            let error = #expect(throws: SnapshotError.self) {
                try store.write(
                    rollup, day: SnapshotFixture.day, rows: [(key: RowKey(key), row: bad)],
                    at: SnapshotFixture.moment(2)
                )
            }
            #expect(error?.code == .cannotHold)
            #expect(throws: SnapshotError.self) {
                try store.update(
                    rollup, day: SnapshotFixture.day, changes: [(key: RowKey(key), row: bad)],
                    from: SnapshotFixture.moment(1), to: SnapshotFixture.moment(2)
                )
            }
            #expect(try store.contents(rollup)?.rows == rows)
            #expect(try store.contents(rollup)?.stamp.flush == 1)
        }
    }

    @Test func aKeyThatComesTwiceIsAnError() async throws {
        try await withSnapshotFolder { folder in
            let store = try SnapshotStore(directory: folder)
            let row = (key: RowKey(["1", "a", "1"]), row: RollupRow(count: 1, sums: [1, 2], labelCounts: [[:]]))
            let error = #expect(throws: SnapshotError.self) {
                try store.write(
                    SnapshotFixture.rollup(nullable: false), day: SnapshotFixture.day, rows: [row, row],
                    at: SnapshotFixture.moment(1)
                )
            }
            #expect(error?.code == .cannotHold)
            #expect(try store.list().isEmpty)
        }
    }

    @Test func anErrorOfTheReaderIsPassedOn() async throws {
        struct Stop: Error {}
        try await withSnapshotFolder { folder in
            let store = try SnapshotStore(directory: folder)
            let rollup = SnapshotFixture.rollup(nullable: true)
            let rows = SnapshotFixture.rows(5, nullable: true, seed: 7)
            try store.write(rollup, day: SnapshotFixture.day, rows: rows.snapshotRows, at: SnapshotFixture.moment(1))
            #expect(throws: Stop.self) { try store.load(rollup, day: SnapshotFixture.day) { _ in throw Stop() } }
        }
    }
}
