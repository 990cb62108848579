import Foundation
import HTTPTypes
import PostgresClient
import Testing

@testable import Daybook
@testable import DaybookServer

/// Tables and memory together answer as the tables alone do after the flush.
struct OverlayPropertyTests {
    private static let range = "from=2026-01-01&to=2026-01-06"
    private static let questions = [
        "sales_daily?\(range)&limit=1000", "sales_daily?\(range)&sort=-cents&limit=1000",
        "sales_daily?\(range)&user_id=1", "sales_daily?\(range)&shop=a%20%22b%22", "sales_daily?\(range)&format=csv",
        "sales_daily/summary?\(range)", "sales_daily/summary?from=2026-01-03&to=2026-01-04&user_id=2",
        "sales_daily/series?\(range)", "sales_daily/series?\(range)&shop=", "sales_daily/breakdown?\(range)",
        "sales_daily/breakdown?\(range)&user_id=3", "sales_daily/top?\(range)&by=shop&measure=cents",
        "sales_daily/top?\(range)&by=user_id", "sales_daily/values?dimension=shop",
        "visits_daily?\(range)&limit=1000", "visits_daily/series?\(range)", "visits_daily/top?\(range)&by=site",
    ]

    @Test("Through random changes, whatever is asked", arguments: 1...6 as ClosedRange<UInt64>)
    func equalsTheFlushedTables(seed: UInt64) async throws {
        var random = SeededGenerator(seed: seed)
        try await ServerFixture.with { fixture in
            // What the tables have before memory has anything.
            for _ in 0..<20 { try await change(fixture, &random) }
            for round in 1...3 {
                var before: [String: String] = [:]
                try await fixture.withEngine { engine in
                    for _ in 0..<Int.random(in: 1...25, using: &random) { try await change(fixture, &random) }
                    try await fixture.counted(by: engine)
                    before = try await answers(fixture)
                    try await agrees(fixture, "in memory, seed \(seed), round \(round)")
                }
                // The engine has flushed at its end, and memory is void.
                #expect(fixture.live.overlay.rowCount == 0)
                let after = try await answers(fixture)
                for question in Self.questions {
                    #expect(before[question] == after[question], "seed \(seed), round \(round): \(question)")
                }
                try await agrees(fixture, "in tables, seed \(seed), round \(round)")
            }
        }
    }

    /// All answers but for how fresh they are.
    private func answers(_ fixture: ServerFixture) async throws -> [String: String] {
        var answers: [String: String] = [:]
        for question in Self.questions {
            let answer = try await fixture.get("/api/rollups/\(question)")
            #expect(answer.status == .ok, "\(question): \(answer.body)")
            guard !question.contains("csv") else {
                answers[question] = answer.body
                continue
            }
            var json = try answer.json
            json["freshness"] = nil
            answers[question] = StreamModel.text(json)
        }
        return answers
    }

    /// The series is what the sources say.
    private func agrees(_ fixture: ServerFixture, _ when: String) async throws {
        let answer = try await fixture.get("/api/rollups/sales_daily/series?\(Self.range)").json
        let series = answer["series"] as? [[String: Any]] ?? []
        let seen = series.map { "\($0["day"] ?? "") \($0["sales"] ?? "") \($0["cents"] ?? "")" }
        let expected = try await fixture.connection.query(
            """
            SELECT concat_ws(' ', d.day, count(s.id), coalesce(sum(s.cents), 0))
            FROM (SELECT date '2026-01-01' + i AS day FROM generate_series(0, 5) AS i) AS d
            LEFT JOIN sales AS s ON (s.at AT TIME ZONE 'UTC')::date = d.day
            GROUP BY d.day ORDER BY d.day
            """
        ).map { try $0.decode(String.self) }
        #expect(seen == expected, "\(when)")
    }

    private func change(_ fixture: ServerFixture, _ random: inout SeededGenerator) async throws {
        let day = Int.random(in: 1...6, using: &random)
        let user = Int.random(in: 1...4, using: &random)
        let shop = try #require(
            ["'a'", "'a \"b\"'", "''", "NULL", "E'é\\n='", "E'e\\u0301'"].randomElement(using: &random))
        let kind = try #require(["'x'", "'y'", "NULL", "''", "'\"'"].randomElement(using: &random))
        let cents = try #require([0, 1, -5, 99, 1_000_000_007].randomElement(using: &random))
        switch Int.random(in: 0..<14, using: &random) {
        case 0: try await fixture.run("DELETE FROM sales WHERE user_id = \(user)")
        case 1: try await fixture.run("DELETE FROM sales WHERE shop IS NOT DISTINCT FROM \(shop)")
        case 2: try await fixture.run("UPDATE sales SET cents = cents + \(cents) WHERE user_id = \(user)")
        case 3: try await fixture.run("UPDATE sales SET shop = \(shop), kind = \(kind) WHERE id % 4 = \(user - 1)")
        case 4: try await fixture.run("UPDATE sales SET at = at + interval '1 day' WHERE id % 6 = \(day - 1)")
        case 5: try await fixture.run("UPDATE sales SET user_id = \(user) WHERE id % 5 = \(day % 5)")
        case 6: try await fixture.run("DELETE FROM visits WHERE id % 3 = \(day % 3)")
        case 7, 8:
            try await fixture.run("INSERT INTO visits (site, at) VALUES (\(shop), '2026-01-0\(day) 10:00+00')")
        case 9:
            try await fixture.run(
                "BEGIN; INSERT INTO sales (user_id, at, cents) VALUES (\(user), '2026-01-0\(day) 10:00+00', 1); ROLLBACK"
            )
        default:
            try await fixture.run(
                """
                INSERT INTO sales (user_id, shop, at, cents, kind)
                SELECT \(user) + i % 2, \(shop), '2026-01-0\(day) 10:00+00', \(cents) + i, \(kind)
                FROM generate_series(1, \(Int.random(in: 1...4, using: &random))) AS i
                """)
        }
    }
}
