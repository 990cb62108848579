import PostgresClient
import Testing

@testable import Daybook

/// A cursor that belongs to another database's history means nothing: everything is built anew (DESIGN §12.3).
struct LineageTests {
    @Test(arguments: [
        "system_identifier = system_identifier + 1", "timeline = timeline + 1", "database_oid = 1",
        "position = (pg_snapshot_xmax(position)::text::bigint + 1000000000 || ':' || pg_snapshot_xmax(position)::text::bigint + 1000000000 || ':')::pg_snapshot",
    ])
    func anotherHistoryRebuildsEverything(_ change: String) async throws {
        try await FeedFixture.with { fixture in
            try await fixture.withEngine { _ in
                try await fixture.run(
                    "INSERT INTO visits (site, at, bytes) SELECT 's' || i % 3, now() - i * interval '9 hours', i FROM generate_series(1, 40) AS i"
                )
                try await fixture.settle()
            }
            // As after a restore: rows of either side that the other knows nothing of, and events of another world.
            try await fixture.run(
                """
                UPDATE daybook.cursor SET \(change);
                UPDATE visits_daily SET bytes = bytes + 1 WHERE site = 's1';
                DELETE FROM visits_daily WHERE site = 's2';
                INSERT INTO daybook.events (xid, rollup, day, key, labels, n, addends)
                    SELECT '99999999999', id, current_date, '{ghost}', '{x}', 1, '{1}' FROM daybook.rollups;
                INSERT INTO visits (site, at, bytes) VALUES ('s0', now(), 7)
                """)
            try await fixture.withEngine { run in
                try await eventually("rebuilt") {
                    try await fixture.count("daybook.gaps WHERE cause = 'another history' AND state = 'repaired'") == 1
                }
                try await fixture.settle()
                #expect(try await fixture.isExact())
                #expect(run.logLines.contains { $0.contains("another history") })
                try await fixture.run("INSERT INTO visits (site, at, bytes) VALUES ('later', now(), 7)")
                try await fixture.settle()
                #expect(try await fixture.isExact())
            }
            let cursor = try await Cursor.read(on: fixture.connection)
            #expect(cursor.lineage == (try await Lineage.read(on: fixture.connection)))
            #expect(try await fixture.count("daybook.events WHERE key = '{ghost}'") == 0)
        }
    }
}
