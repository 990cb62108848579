import Foundation
import HTTPTypes
import PostgresClient
import Testing

@testable import Daybook
@testable import DaybookServer

/// What an answer says of each of its days.
struct DayStateTests {
    private func states(_ fixture: ServerFixture, _ rollup: String) async throws -> [String] {
        let answer = try await fixture.get("/api/rollups/\(rollup)/summary?from=2026-01-01&to=2026-01-04").json
        let days = (answer["freshness"] as? [String: Any])?["days"] as? [[String: Any]] ?? []
        return days.map { "\($0["state"] ?? "")" + (($0["revision"] as? Int).map { " \($0)" } ?? "") }
    }

    @Test("Closed, sealed, amending, thinned, building")
    func life() async throws {
        try await ServerFixture.with { fixture in
            try await fixture.withEngine { _ in }
            let before = try await states(fixture, "sales_daily")
            #expect(before == ["closed", "closed", "closed", "closed"])
            try await fixture.run(
                """
                INSERT INTO daybook.seals (rollup, day, revision, state, rows, verified, totals, digest, sealed_at)
                SELECT r.id, d.day::date, d.revision, d.state, 0, true, '{}', '', now()
                FROM daybook.rollups AS r, (VALUES ('2026-01-01', 1, 'sealed'), ('2026-01-02', 3, 'amending'))
                    AS d(day, revision, state)
                WHERE r.name = 'sales_daily';
                INSERT INTO daybook.thinned (rollup, day, reason)
                SELECT id, '2026-01-03', 'retention' FROM daybook.rollups WHERE name = 'sales_daily';
                INSERT INTO daybook.unbuilt (rollup, day, source_rows)
                SELECT id, '2026-01-04', 1 FROM daybook.rollups WHERE name = 'sales_daily';
                """)
            let after = try await states(fixture, "sales_daily")
            #expect(after == ["sealed 1", "amending 3", "thinned", "building"])
            let other = try await states(fixture, "visits_daily")
            #expect(other == before, "another rollup's days are its own")
        }
    }

    @Test("Who has the answer already gets it again when a day's state changes, though no number does")
    func tags() async throws {
        try await ServerFixture.with { fixture in
            try await fixture.withEngine { _ in }
            let path = "/api/rollups/sales_daily/series?from=2026-01-01&to=2026-01-04"
            let tag = try #require(try await fixture.get(path).headers[.eTag])
            let same = try await fixture.get(path, headers: [.ifNoneMatch: tag])
            #expect(same.status == .notModified)
            try await fixture.run("INSERT INTO daybook.gaps (rollup, cause) VALUES ('sales_daily', 'drift')")
            let changed = try await fixture.get(path, headers: [.ifNoneMatch: tag])
            #expect(changed.status == .ok && changed.body.contains("repairing"))
        }
    }

    @Test("A day that a gap covers is under repair, for the rollups that the gap concerns")
    func gaps() async throws {
        try await ServerFixture.with { fixture in
            try await fixture.withEngine { _ in }
            try await fixture.run(
                """
                INSERT INTO daybook.gaps (rollup, cause, from_day, to_day, state) VALUES
                    ('sales_daily', 'drift', '2026-01-02', '2026-01-02', 'repairing'),
                    ('sales_daily', 'drift', '2026-01-03', '2026-01-03', 'undecided'),
                    ('sales_daily', 'drift', '2026-01-01', '2026-01-04', 'repaired')
                """)
            let sales = try await states(fixture, "sales_daily")
            #expect(sales == ["closed", "repairing", "undecided", "closed"])
            let visits = try await states(fixture, "visits_daily")
            #expect(visits == ["closed", "closed", "closed", "closed"])

            try await fixture.run("ALTER TABLE visits DISABLE TRIGGER ALL")
            let changes = try await TriggerWatch.look(on: fixture.connection)
            #expect(!changes.isEmpty)
            let missed = try await states(fixture, "visits_daily")
            #expect(missed == ["repairing", "repairing", "repairing", "repairing"], "any day may have been missed")
            let still = try await states(fixture, "sales_daily")
            #expect(still == sales)
        }
    }
}
