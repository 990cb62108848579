import Foundation
import HTTPTypes
import PostgresClient
import Testing

@testable import Daybook
@testable import DaybookServer

/// The routes over a real Postgres, with rows in memory and without.
struct ReadModelTests {
    private static let sales = """
        INSERT INTO sales (user_id, shop, at, cents, kind) VALUES
            (1, 'a', '2026-01-01 10:00+00', 100, 'x'), (1, 'a', '2026-01-01 11:00+00', 50, 'y'),
            (1, NULL, '2026-01-02 10:00+00', 10, 'x'), (2, 'b', '2026-01-02 10:00+00', 7, NULL),
            (2, 'b', '2026-01-04 10:00+00', 3, 'x');
        """

    private static let paths = [
        "/api/rollups/sales_daily?from=2026-01-01&to=2026-01-05&sort=day",
        "/api/rollups/sales_daily?from=2026-01-01&to=2026-01-05&sort=-cents&user_id=1",
        "/api/rollups/sales_daily?from=2026-01-01&to=2026-01-05&shop.null=true",
        "/api/rollups/sales_daily/summary?from=2026-01-03&to=2026-01-04",
        "/api/rollups/sales_daily/series?from=2026-01-01&to=2026-01-04&user_id=2",
        "/api/rollups/sales_daily/top?from=2026-01-01&to=2026-01-04&by=shop&measure=cents",
        "/api/rollups/sales_daily/breakdown?from=2026-01-01&to=2026-01-04",
        "/api/rollups/sales_daily/values?dimension=user_id",
        "/api/rollups",
    ]

    /// The answer without what says how fresh it is.
    private func facts(_ fixture: ServerFixture, _ path: String) async throws -> String {
        let answer = try await fixture.get(path)
        #expect(answer.status == .ok, "\(path): \(answer.body)")
        var json = try answer.json
        json["freshness"] = nil
        return String(decoding: try JSONSerialization.data(withJSONObject: json, options: .sortedKeys), as: UTF8.self)
    }

    @Test("What memory has and what the table will have give the same answers")
    func sameBeforeAndAfterTheFlush() async throws {
        try await ServerFixture.with { fixture in
            var before: [String] = []
            try await fixture.run(
                """
                INSERT INTO sales (user_id, shop, at, cents, kind) VALUES
                    (1, 'a', '2026-01-01 09:00+00', 1, 'z'), (3, 'gone', '2026-01-01 09:00+00', 1000, 'z')
                """
            )
            try await fixture.withEngine { engine in
                try await fixture.run(Self.sales)
                try await fixture.run("DELETE FROM sales WHERE user_id = 3")
                try await fixture.counted(by: engine)
                #expect(fixture.live.overlay.rowCount == 5)
                for path in Self.paths { before.append(try await facts(fixture, path)) }
                let answer = try await fixture.get(Self.paths[0]).json
                #expect((answer["freshness"] as? [String: Any])?["provisional"] as? Bool == true)
            }
            #expect(fixture.live.overlay.rowCount == 0)
            for (path, facts) in zip(Self.paths, before) { #expect(try await self.facts(fixture, path) == facts) }
        }
    }

    @Test("Answers in full")
    func answers() async throws {
        try await ServerFixture.with { fixture in
            try await fixture.run(Self.sales)
            try await fixture.withEngine { _ in }
            #expect(
                try await facts(fixture, Self.paths[0]) == #"""
                    {"from":"2026-01-01","next":null,"rollup":"sales_daily","rows":[\#
                    {"cents":150,"cents_each":75,"day":"2026-01-01","kinds":[{"count":1,"kind":"x"},{"count":1,"kind":"y"}],\#
                    "sales":2,"share":1.33,"shop":"a","user_id":1},\#
                    {"cents":10,"cents_each":10,"day":"2026-01-02","kinds":[{"count":1,"kind":"x"}],\#
                    "sales":1,"share":10,"shop":null,"user_id":1},\#
                    {"cents":7,"cents_each":7,"day":"2026-01-02","kinds":[{"count":1,"kind":null}],\#
                    "sales":1,"share":14.29,"shop":"b","user_id":2},\#
                    {"cents":3,"cents_each":3,"day":"2026-01-04","kinds":[{"count":1,"kind":"x"}],\#
                    "sales":1,"share":33.33,"shop":"b","user_id":2}],"to":"2026-01-05"}
                    """#
            )
            let summary = try await fixture.get(Self.paths[3]).body
            #expect(summary.contains(#""totals":{"sales":1,"cents":3,"cents_each":3.00,"share":33.33},"#))
            #expect(
                summary.contains(#""previous":{"from":"2026-01-01","to":"2026-01-02","totals":{"sales":4,"cents":167,"#)
            )
            #expect(summary.contains(#""change":{"sales":-0.750000,"cents":-0.982036,"#))
            let series = try await fixture.get(Self.paths[4]).body
            #expect(series.contains(#"{"day":"2026-01-03","sales":0,"cents":0,"cents_each":null,"share":0},"#))
            let top = try await fixture.get(Self.paths[5]).body
            #expect(
                top.contains(
                    #""rows":[{"shop":"a","sales":2,"cents":150,"cents_each":75.00,"share":1.33,"last_day":"2026-01-01"}"#
                ))
            let breakdown = try await fixture.get(Self.paths[6]).body
            #expect(
                breakdown.contains(
                    #""breakdown":[{"label":"x","count":3,"share":0.600000},{"label":"y","count":1,"share":0.200000},"#)
            )
            #expect(try await fixture.get(Self.paths[7]).body.contains(#""values":[1,2]"#))
        }
    }

    /// Every answer while an engine counts is one that some moment between the commits had: the sum over the table and
    /// memory never shows half a transaction, nor a row twice while it is being flushed.
    @Test("No answer shows a state that never was, while rows are being flushed")
    func consistency() async throws {
        try await ServerFixture.with { fixture in
            try await fixture.withEngine(flushEvery: .milliseconds(5)) { engine in
                try await withThrowingTaskGroup(of: Void.self) { group in
                    let configuration = fixture.configuration
                    group.addTask {
                        try await PostgresConnection.withConnection(configuration) { connection in
                            for number in 0..<150 {
                                // Each transaction adds as much to one user as it takes from the other.
                                try await connection.execute(
                                    """
                                    INSERT INTO sales (user_id, shop, at, cents) VALUES
                                        (1, 's\(number % 3)', now(), \(number)), (2, 's\(number % 5)', now(), -\(number))
                                    """)
                            }
                        }
                    }
                    for _ in 0..<100 {
                        let body = try await fixture.get("/api/rollups/sales_daily/series").json
                        let series = try #require(body["series"] as? [[String: Any]])
                        let cents = series.reduce(0) { $0 + ($1["cents"] as? Int ?? .min / 100) }
                        let sales = series.reduce(0) { $0 + ($1["sales"] as? Int ?? 0) }
                        #expect(cents == 0)
                        #expect(sales % 2 == 0)
                    }
                    try await group.waitForAll()
                }
                try await fixture.counted(by: engine)
                let body = try await fixture.get("/api/rollups/sales_daily/summary?limit=").body
                #expect(body.contains("unknown_dimension"))
                let summary = try await fixture.get("/api/rollups/sales_daily/summary").body
                #expect(summary.contains(#""totals":{"sales":300,"cents":0,"#))
            }
        }
    }
}
