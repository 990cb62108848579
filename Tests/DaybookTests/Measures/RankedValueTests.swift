import PostgresClient
import Testing

@testable import Daybook

/// Values with ranks, in memory and in SQL.
struct RankedValueTests {
    private static let ranks: [Int64] = [.min, .min + 1, -1, 0, 1, 255, 256, .max - 1, .max]

    @Test func keysComeBack() {
        for rank in Self.ranks {
            for text in ["", "a", "0", "ü\u{1F600}"] {
                let value = RankedValue(rank: rank, text: Array(text.utf8))
                #expect(RankedValue(bytes: Array(value.key.utf8)) == value)
            }
        }
        for text in ["", "0", "000000000000000", "00000000000000g0", "00000000000000A0"] {
            #expect(RankedValue(bytes: Array(text.utf8)) == nil)
        }
    }

    @Test func keysSortAsValuesDo() {
        let values = Self.ranks.flatMap { rank in
            ["", "a", "ab", "b", "é"].map { RankedValue(rank: rank, text: Array($0.utf8)) }
        }
        for left in values {
            for right in values {
                let keys = Array(left.key.utf8).lexicographicallyPrecedes(Array(right.key.utf8))
                #expect((left < right) == keys)
            }
        }
    }

    @Test func theOuterOneIsKept() {
        let (one, two) = (RankedValue(rank: 1), RankedValue(rank: 2))
        #expect(Extreme.smallest.outer(one, two) == one && Extreme.largest.outer(one, two) == two)
        #expect(Extreme.smallest.outer(nil, two) == two && Extreme.largest.outer(nil, nil) == nil)
        #expect(Extreme.smallest.reaches(one, one) && !Extreme.smallest.reaches(two, one))
        #expect(Extreme.largest.reaches(two, one) && !Extreme.largest.reaches(one, two))
    }

    /// Each type with values around its limits, in order.
    private static let ordered: [(OrderedType, [String])] = [
        (.integer, ["-2147483648", "-1", "0", "1", "2147483647"]),
        (.bigint, ["-9223372036854775808", "-1", "0", "7", "9223372036854775807"]),
        (
            .numeric(DecimalFormat(precision: 18, scale: 3) ?? { preconditionFailure("a format") }()),
            ["-999999999999999.999", "-0.001", "0.000", "0.001", "12.300", "999999999999999.999"]
        ),
        (.date, ["-infinity", "4713-01-01 BC", "1999-12-31", "2000-01-01", "2025-02-28", "5874897-12-31", "infinity"]),
        (
            .timestamp,
            [
                "-infinity", "4713-01-01 00:00:00 BC", "1999-12-31 23:59:59.999999", "2000-01-01 00:00:00",
                "2025-03-30 02:30:00.000001", "294276-12-31 23:59:59.999999", "infinity",
            ]
        ),
        (
            .timestampWithTimeZone,
            [
                "-infinity", "0001-01-01 00:00:00+00 BC", "2000-01-01 00:00:00+00", "2025-03-30 01:00:00.5+00",
                "294276-12-31 23:59:59.999999+00", "infinity",
            ]
        ),
    ]

    @Test func everyTypeHasRanksInItsOrder() async throws {
        try await FeedFixture.with("SELECT 1", [], installed: false) { fixture in
            try await fixture.run("SET TimeZone = 'UTC'; SET DateStyle = 'ISO, YMD'")
            for (type, texts) in Self.ordered {
                let key = RankedText.key(ofRank: type.rank(of: "v.value"))
                let back = type.value(ofRank: RankedText.rank(ofKey: "k.key"))
                let rows = try await fixture.connection.query(
                    """
                    SELECT k.key, (\(back))::text, \(type.rank(of: "v.value"))
                    FROM unnest($1::text[]) WITH ORDINALITY AS t(text, n) CROSS JOIN LATERAL (SELECT t.text::\(type) AS value) AS v
                    CROSS JOIN LATERAL (SELECT \(key) AS key) AS k ORDER BY n
                    """, [texts])
                let keys = try rows.map { try $0.decode(String.self, at: 0) }
                #expect(keys == keys.sorted() && Set(keys).count == keys.count, "\(type)")
                #expect(try rows.map { try $0.decode(String.self, at: 1) } == texts)
                for row in rows {
                    let (key, _, rank) = try row.decode(String.self, String.self, Int64.self)
                    #expect(RankedValue(bytes: Array(key.utf8)) == RankedValue(rank: rank))
                    #expect(RankedValue(rank: rank).key == key)
                }
                let null = try await fixture.value(
                    "SELECT \(RankedText.key(ofRank: type.rank(of: "NULL::\(type)")))", as: String?.self)
                #expect(null == nil)
            }
        }
    }

    @Test(
        arguments: [
            ("min", .min(.bigint)), ("max integer", .max(.integer)), ("min timestamptz", .min(.timestampWithTimeZone)),
            ("max timestamp without time zone", .max(.timestamp)), ("min date", .min(.date)),
            ("first", .first(type: "text")),
            ("last numeric(12, 2)", .last(type: "numeric(12, 2)")), ("distinct", .distinct),
        ] as [(String, RollupDefinition.Measure.Kind)])
    func kindsAreRead(_ notation: String, _ kind: RollupDefinition.Measure.Kind) {
        #expect(RollupDefinition.Measure.Kind(notation: notation) == kind)
    }

    @Test(arguments: ["min text", "max float8", "min numeric", "distinct text", "first text?", "last a; b"])
    func otherKindsAreRefused(_ notation: String) {
        #expect(RollupDefinition.Measure.Kind(notation: notation) == nil)
    }
}
