import Daybook
import PostgresClient
import Testing

@Suite struct ContentDigestTests {
    @Test func isTheSameInAnyOrder() {
        let rows = SnapshotFixture.rows(50, nullable: true, seed: 1).snapshotRows
        var forward = ContentDigest(day: SnapshotFixture.day)
        var backward = ContentDigest(day: SnapshotFixture.day)
        for (key, row) in rows { forward.add(key, row) }
        for (key, row) in rows.reversed() { backward.add(key, row) }
        #expect(forward == backward)
        #expect(forward.hex == backward.hex)
        #expect(ContentDigest(hex: forward.hex, day: SnapshotFixture.day) == forward)
    }

    @Test func removingUndoesAdding() {
        let rows = SnapshotFixture.rows(50, nullable: true, seed: 2).snapshotRows
        var digest = ContentDigest(day: SnapshotFixture.day)
        for (key, row) in rows { digest.add(key, row) }
        for (key, row) in rows { digest.remove(key, row) }
        #expect(digest.hex == String(repeating: "0", count: 64))
        for (key, row) in rows { digest.remove(key, row) }
        for (key, row) in rows { digest.add(key, row) }
        #expect(digest == ContentDigest(day: SnapshotFixture.day))
    }

    @Test(
        arguments: [
            (["ab", "c"], ["a", "bc"]), (["", nil], [nil, ""]), (["a"], ["a", ""]), (["é"], ["e\u{301}"]),
            ([nil], ["null"]),
        ] as [([String?], [String?])])
    func keysThatLookAlikeDiffer(left: [String?], right: [String?]) {
        #expect(digest(RowKey(left), row()) != digest(RowKey(right), row()))
    }

    @Test func everyPartCounts() {
        let key = RowKey(["a"])
        let rows = [
            row(), row(count: 2), row(sums: [1, 0]), row(sums: [0, 1]), row(sums: [0]), row(labels: [["x": 1]]),
            row(labels: [["x": 2]]), row(labels: [["y": 1]]), row(labels: [["x": 1], [:]]),
            row(labels: [[:], ["x": 1]]),
        ]
        #expect(Set(rows.map { digest(key, $0).hex }).count == rows.count)
        let tomorrow = SnapshotFixture.day.advanced(by: 1)
        #expect(digest(key, row()).hex != digest(key, row(), day: tomorrow).hex)
    }

    @Test func isWhatTheFormatSays() {
        // SHA-256 of the bytes that Snapshots/README.md describes, computed by other means.
        let digest = digest(RowKey(["a", nil]), row(count: 1, sums: [-1], labels: [["x": 1]]))
        #expect(digest.hex == "26f3520f12ba1b29c05e8c7fba314a7684ccfd314de5e7f189d190f8d91d6d36")
    }

    @Test(arguments: ["", "00", String(repeating: "G", count: 64), String(repeating: "+", count: 64)])
    func readsNothingElse(text: String) {
        #expect(ContentDigest(hex: text, day: SnapshotFixture.day) == nil)
    }

    private func row(count: Int128 = 1, sums: [Int128] = [0, 0], labels: [[String: Int128]] = []) -> RollupRow {
        RollupRow(
            count: count, sums: sums,
            labelCounts: labels.map { Dictionary(uniqueKeysWithValues: $0.map { (Label($0.key), $0.value) }) }
        )
    }

    private func digest(_ key: RowKey, _ row: RollupRow, day: PostgresDate = SnapshotFixture.day) -> ContentDigest {
        var digest = ContentDigest(day: day)
        digest.add(key, row)
        return digest
    }
}
