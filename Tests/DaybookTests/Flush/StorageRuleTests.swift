import PostgresClient
import Testing

@testable import Daybook

/// The rule said in Swift and the rule said in SQL are one rule, and what it lets pass can be stored.
struct StorageRuleTests {
    private static let rollup = HandmadeRollup.make(
        dimensions: [("site", "text", true), ("page", "text", false), ("size", "integer", false)],
        measures: [
            ("visits", .count, "integer"), ("bytes", .sum, "bigint"), ("hits", .sum, "smallint"),
            ("browsers", .countBy(label: "browser"), "jsonb"),
        ]
    )

    private func reason(_ key: [String?], _ count: Int128 = 1, _ sums: [Int128] = [0, 0]) -> String? {
        StorageRule(Self.rollup).reason(
            key: RowKey(key), row: RollupRow(count: count, sums: sums, labelCounts: [[Label("a"): count]]))
    }

    @Test func whatFits() {
        #expect(reason([nil, "", "1"]) == nil)
        #expect(reason(["a", "b", "1"], Int128(Int32.max), [Int128(Int64.min), Int128(Int16.max)]) == nil)
    }

    @Test func whatDoesNot() {
        #expect(reason(["a", nil, "1"]) == "null in dimension page")
        #expect(reason([nil, nil, nil]) == "null in dimension page")
        #expect(reason(["a", "b", nil]) == "null in dimension size")
        #expect(reason(["a", "b", "1"], Int128(Int32.max) + 1) == "visits beyond integer")
        #expect(reason(["a", "b", "1"], 1, [Int128(Int64.max) + 1, 0]) == "bytes beyond bigint")
        #expect(reason(["a", "b", "1"], 1, [0, Int128(Int16.min) - 1]) == "hits beyond smallint")
        #expect(reason([String(repeating: "x", count: 2600), "", "1"]) == "key too long for an index")
    }

    @Test func theLengthIsOfBytes() {
        let room = StorageRule.longestKey - 3 * StorageRule.bytesPerDimension - 1
        #expect(reason([String(repeating: "x", count: room), "", "1"]) == nil)
        #expect(reason([String(repeating: "x", count: room + 1), "", "1"]) != nil)
        #expect(reason([String(repeating: "\u{E9}", count: room / 2), "", "1"]) == nil)
        #expect(reason([String(repeating: "\u{E9}", count: room / 2 + 1), "", "1"]) != nil)
    }

    /// Random keys and values around every limit, judged by both.
    @Test(arguments: 1...4)
    func swiftAndSQLAgree(seed: Int) async throws {
        var generator = SeededGenerator(seed: UInt64(seed))
        func near(_ limits: [Int128]) -> Int128 {
            limits.randomElement(using: &generator)! + Int128(Int.random(in: -2...2, using: &generator))
        }
        func text() -> String? {
            switch Int.random(in: 0..<8, using: &generator) {
            case 0: nil
            case 1: ""
            case 2: String(repeating: "\u{E9}", count: Int.random(in: 1260...1290, using: &generator))
            case 3, 4: String(repeating: "x", count: Int.random(in: 1240...1320, using: &generator))
            case 5: String(repeating: "x", count: Int.random(in: 2530...2620, using: &generator))
            default: "abc"
            }
        }
        let rows = (0..<400).map { _ in
            (
                key: [
                    text(), text(),
                    Bool.random(using: &generator) ? "12" : (Bool.random(using: &generator) ? nil : "-2147483648"),
                ],
                count: near([0, 5, Int128(Int32.max), Int128(Int32.min)]),
                sums: [
                    near([0, Int128(Int64.max), Int128(Int64.min), 3 * Int128(Int64.max)]),
                    near([0, 0, Int128(Int16.max), Int128(Int16.min)]),
                ]
            )
        }
        let rule = StorageRule(Self.rollup)
        let swift = rows.map { row in
            rule.reason(key: RowKey(row.key), row: RollupRow(count: row.count, sums: row.sums, labelCounts: [[:]]))
        }
        try await FeedFixture.with("SELECT 1", [], installed: false) { fixture in
            let sql = try await fixture.connection.query(
                """
                SELECT \(rule.reasonExpression(of: "q"))
                FROM unnest($1::text[], $2::text[], $3::integer[], $4::numeric[], $5::numeric[], $6::numeric[])
                    WITH ORDINALITY AS q(k1, k2, k3, n, v1, v2, position) ORDER BY position
                """,
                [
                    rows.map { $0.key[0] }, rows.map { $0.key[1] }, rows.map { $0.key[2].map { Int32($0)! } },
                    rows.map(\.count), rows.map { $0.sums[0] }, rows.map { $0.sums[1] },
                ]
            ).map { try $0.decode(String?.self) }
            #expect(swift == sql)
            #expect(
                Set(swift.map { $0 ?? "fits" }).count == 7, "every judgement occurs: \(Set(swift.map { $0 ?? "fits" }))"
            )
        }
    }

    /// The longest keys that pass, of text that does not compress.
    @Test func whatPassesCanBeStored() async throws {
        var generator = SeededGenerator(seed: 9)
        let letters = Array("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+/")
        try await FeedFixture.with("SELECT 1", [], installed: false) { fixture in
            for dimensions in [1, 2, 5, 12] {
                let names = (1...dimensions).map { "d\($0)" }
                try await fixture.run(
                    "CREATE TABLE t\(dimensions) (\(names.map { "\($0) text" }.commaSeparated), day date, PRIMARY KEY (\(names.commaSeparated), day))"
                )
                var room = StorageRule.longestKey - dimensions * StorageRule.bytesPerDimension
                var values: [String] = []
                for index in 0..<dimensions {
                    let length = index == dimensions - 1 ? room : Int.random(in: 0...room / 2, using: &generator)
                    room -= length
                    values.append(String((0..<length).map { _ in letters.randomElement(using: &generator)! }))
                }
                let list = names.indices.map { "$\($0 + 1)::text" }.commaSeparated
                try await fixture.connection.query("INSERT INTO t\(dimensions) SELECT \(list), current_date", values)
            }
        }
    }
}
