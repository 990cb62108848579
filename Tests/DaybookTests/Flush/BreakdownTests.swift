import PostgresClient
import Testing

@testable import Daybook

struct BreakdownTests {
    private static let texts: [String?] = [
        "", "plain", "a\"b", "a\\b", "\\\"", "\n\t\r\u{8}\u{C}", "\u{1}\u{1F}\u{7F}", "/", "'", "\u{2028}\u{2029}",
        "\u{E9}",
        "e\u{301}", "\u{1F469}\u{200D}\u{1F4BB}", "\u{FEFF}", "\u{FFFF}", "null", "{}", "</script>", "$1", "%s", nil,
        String(repeating: "\"", count: 1000),
    ]

    @Test(arguments: [
        ("", #""""#), ("a\"b\\c", #""a\"b\\c""#), ("\n\u{1F}", #""\u000a\u001f""#),
        ("\u{E9}\u{1F600}", "\"\u{E9}\u{1F600}\""),
    ])
    func quotes(_ text: String, _ json: String) {
        #expect(Breakdown.quoted(text) == json)
    }

    @Test func drawsAList() {
        #expect(Breakdown.json([], label: "model") == "[]")
        #expect(
            Breakdown.json([(Label("a"), 2), (Label(nil), 1)], label: "mo\"del")
                == #"[{"mo\"del": "a", "count": 2}, {"mo\"del": null, "count": 1}]"#)
    }

    /// Postgres builds the same lists itself, in builds, audits and repairs.
    @Test func isWhatPostgresBuilds() async throws {
        try await FeedFixture.with("SELECT 1", [], installed: false) { fixture in
            var generator = SeededGenerator(seed: 1)
            for label in ["model", "we ird\"\\name"] {
                for _ in 0..<30 {
                    let ranking = Self.texts.shuffled(using: &generator).prefix(
                        Int.random(in: 1...22, using: &generator)
                    )
                    .map { (label: Label($0), count: Int128(Int64.random(in: 1 ... .max, using: &generator))) }
                    let isEqual = try await fixture.connection.query(
                        """
                        SELECT $1::jsonb = jsonb_agg(jsonb_build_object($2::text, l, 'count', n) ORDER BY position)
                        FROM unnest($3::text[], $4::numeric[]) WITH ORDINALITY AS u(l, n, position)
                        """,
                        [Breakdown.json(ranking, label: label), label, ranking.map(\.label.text), ranking.map(\.count)]
                    )[0].decode(Bool.self)
                    #expect(isEqual)
                }
            }
        }
    }

    @Test func theRankingIsPostgresOrder() async throws {
        try await FeedFixture.with("SELECT 1", [], installed: false) { fixture in
            var generator = SeededGenerator(seed: 2)
            var counts: [Label: Int128] = [:]
            for text in Self.texts { counts[Label(text)] = Int128(Int.random(in: 1...3, using: &generator)) }
            let ranking = RollupRow(count: 1, sums: [], labelCounts: [counts]).ranking(of: 0)
            let sorted = try await fixture.connection.query(
                "SELECT l FROM unnest($1::text[], $2::numeric[]) AS u(l, n) ORDER BY n DESC, l COLLATE \"C\"",
                [Array(counts.keys.map(\.text)), Array(counts.values)]
            ).map { Label(try $0.decode(String?.self)) }
            #expect(ranking.map(\.label) == sorted)
        }
    }
}
