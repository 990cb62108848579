import PostgresClient
import Testing

@testable import Daybook

@Suite("Reading the log", .timeLimit(.minutes(5)))
struct FeedReaderTests {
    @Test("A look at a long log goes through its index, and only to what is pending")
    func costOfGlance() async throws {
        try await FeedFixture.with { fixture in
            // Freshly vacuumed is the tempting case: an index that holds all that is asked for can be walked from end to end.
            try await fixture.run(
                """
                INSERT INTO visits (site, at, bytes, browser)
                SELECT i::text, '2030-01-01 00:00+00', i, 'b' FROM generate_series(1, 20000) AS i
                """
            )
            try await fixture.run("VACUUM ANALYZE daybook.events")
            try await fixture.withSession { session in
                try await SessionSettings.apply(to: session)
                try await session.execute("PREPARE glance (xid8, xid8[]) AS \(FeedReader.glanceStatement)")
                let plan = try await session.query(
                    "EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF) EXECUTE glance ('1000000000', '{}')"
                )
                .map { try $0.decode(String.self) }
                #expect(plan.filter { $0.contains("Rows Removed by Filter") } == [])
                #expect(!plan.filter { $0.contains("Index Cond: (xid >= $1)") }.isEmpty)
            }
        }
    }

    @Test("A glance counts what lies beyond the cursor and what was in progress, each once")
    func pending() async throws {
        try await FeedFixture.with { fixture in
            let insert = "INSERT INTO visits (site, at) VALUES ('a', '2030-01-01 00:00+00')"
            let reader = FeedReader(on: fixture.connection)
            try await fixture.run(insert)
            try await fixture.withSession { slow in
                let cursor = try await slow.withTransaction { slow in
                    try await slow.execute(insert)
                    return try await reader.glance(from: .empty).snapshot
                }
                #expect(try await reader.glance(from: cursor).pending == 1)
                try await fixture.run(insert)
                #expect(try await reader.glance(from: cursor).pending == 2)
            }
        }
    }
}
