import Foundation
import PostgresClient

@testable import Daybook

/// Rollups, rows and folders for the tests of snapshot files.
enum SnapshotFixture {
    static let day = PostgresDate(year: 2025, month: 2, day: 3)!

    /// Every shape of column: nullable and not, integer and text, breakdowns, names that SQLite would take for equal.
    static func rollup(nullable: Bool, table: String = "visits_daily") -> Rollup {
        Rollup(
            definition: RollupDefinition(
                table: QualifiedName(name: table), title: "Visits", timeZone: "UTC", dimensions: [], measures: [],
                derived: [], events: [], file: "x.yml"
            ),
            table: QualifiedName(schema: "public", name: table),
            dimensions: [
                Rollup.Dimension(name: "user_id", type: "bigint", isNullable: nullable),
                Rollup.Dimension(name: "Site \"x\"", type: "text", isNullable: nullable),
                Rollup.Dimension(name: "price", type: "numeric", isNullable: nullable),
            ],
            measures: [
                Rollup.Measure(name: "visits", kind: .count, type: "bigint"),
                Rollup.Measure(name: "bytes", kind: .sum, type: "bigint"),
                Rollup.Measure(name: "BYTES", kind: .sum, type: "bigint"),
                Rollup.Measure(name: "browsers", kind: .countBy(label: "a \"browser\""), type: "jsonb"),
                Rollup.Measure(name: "entries", kind: .count, type: "integer"),
            ],
            derived: [], events: []
        )
    }

    static func moment(_ flush: Int64, id: String = "id") -> SnapshotMoment {
        SnapshotMoment(
            cursor: PostgresSnapshot("10:\(20 + flush):11,14")!, flush: flush, flushID: "\(id)-\(flush)"
        )
    }

    static let texts = [
        "", " ", "a", "A", "é", "e\u{301}", "null", "NULL", "0", "x'; DROP TABLE meta; --", "\u{1F600}", "\u{FEFF}b",
        "tab\there", "line\nbreak", "\u{FFFD}", "\u{10FFFF}", "quote\"", "back\\slash", "{\"a\": 1}", "\u{1}",
        String(repeating: "long ", count: 500),
    ]
    static let integers = ["0", "-1", "1", "42", "9223372036854775807", "-9223372036854775808"]
    static let numbers: [Int128] = [0, 1, -1, 255, 256, Int128(Int64.max), Int128(Int64.min)]

    static func key(nullable: Bool, using random: inout SeededGenerator) -> RowKey {
        func value(_ pool: [String]) -> String? {
            nullable && Int.random(in: 0..<4, using: &random) == 0 ? nil : pool.randomElement(using: &random)
        }
        return RowKey([value(integers), value(texts), value(["1.50", "1.5", "NaN", "-0.000001"])])
    }

    static func row(using random: inout SeededGenerator) -> RollupRow {
        var labels: [Label: Int128] = [:]
        for _ in 0..<Int.random(in: 0..<4, using: &random) {
            let text = Int.random(in: 0..<8, using: &random) == 0 ? nil : texts.randomElement(using: &random)
            labels[Label(text)] = numbers.dropFirst().randomElement(using: &random)
        }
        return RollupRow(
            count: Int128(Int64.random(in: 1...Int64.max, using: &random)),
            sums: [numbers.randomElement(using: &random)!, Int128(Int64.random(in: .min ... .max, using: &random))],
            labelCounts: [labels]
        )
    }

    static func rows(_ count: Int, nullable: Bool, seed: UInt64) -> [RowKey: RollupRow] {
        var random = SeededGenerator(seed: seed)
        var rows: [RowKey: RollupRow] = [:]
        for _ in 0..<count { rows[key(nullable: nullable, using: &random)] = row(using: &random) }
        return rows
    }
}

extension [RowKey: RollupRow] {
    var snapshotRows: [(key: RowKey, row: RollupRow)] { map { ($0.key, $0.value) } }
}

extension SnapshotStore {
    /// The rows of an open day's file, and its stamp; nil when there is none.
    func contents(_ rollup: Rollup, day: PostgresDate = SnapshotFixture.day) throws -> (
        stamp: SnapshotStamp, rows: [RowKey: RollupRow]
    )? {
        var rows: [RowKey: RollupRow] = [:]
        let stamp = try load(rollup, day: day) { batch in
            for (key, row) in batch { rows[key] = row }
        }
        return stamp.map { ($0, rows) }
    }
}

/// Runs `body` with the path of a folder that does not exist yet, and removes what it made of it.
func withSnapshotFolder<Result>(_ body: (String) async throws -> Result) async throws -> Result {
    let folder = "/tmp/daybook-snapshots-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: folder) }
    return try await body(folder)
}

/// The names in the file's folder, sorted.
func filesBeside(_ path: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: (path as NSString).deletingLastPathComponent).sorted()
}
