import Foundation
import PostgresClient
import Testing

@testable import Daybook
@testable import DaybookServer

/// How fresh an answer says that it is.
struct FreshnessTests {
    private func freshness(_ fixture: ServerFixture) async throws -> (asOf: String, lag: Double) {
        let answer = try await fixture.get("/api/rollups/sales_daily/summary?from=2026-01-01&to=2026-01-04").json
        let freshness = try #require(answer["freshness"] as? [String: Any])
        return (try #require(freshness["as_of"] as? String), try #require(freshness["lag_seconds"] as? Double))
    }

    @Test("What waits in the log while nobody counts makes the answer older; counting makes it new")
    func lag() async throws {
        try await ServerFixture.with { fixture in
            try await fixture.withEngine { _ in }
            let quiet = try await freshness(fixture)
            #expect(quiet.lag == 0, "nothing waits")
            try await fixture.run("INSERT INTO sales (user_id, at, cents) VALUES (1, '2026-01-02 10:00+00', 1)")
            try await fixture.run("UPDATE daybook.events SET logged_at = logged_at - interval '90 seconds'")
            let late = try await freshness(fixture)
            #expect(late.lag >= 90 && late.lag < 900)
            #expect(late.asOf < quiet.asOf)
            try await fixture.withEngine { engine in
                try await fixture.counted(by: engine)
                let now = try await freshness(fixture)
                #expect(now.lag < 90 && now.asOf > quiet.asOf)
            }
        }
    }
}
