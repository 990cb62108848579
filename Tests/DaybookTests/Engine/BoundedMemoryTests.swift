import PostgresClient
import Testing

@testable import Daybook

/// Limits so low that everything spills: rows let go of, rows flushed in the middle of a turn, events read in pieces.
struct BoundedMemoryTests {
    private func withTightEngine(_ fixture: FeedFixture, _ body: (EngineRun) async throws -> Void) async throws {
        try await fixture.withEngine(
            { settings in
                settings.limits.rows = 50
                settings.limits.dirtyRows = 20
                settings.limits.days = 3
            }, body)
    }

    /// More keys, labels and days than fit, in one transaction that is read through a server-side cursor.
    private static let flood = """
        INSERT INTO visits (site, at, bytes, browser)
        SELECT 's' || i % 97, now() - (i % 13) * interval '1 day', i, 'b' || i % 5 FROM generate_series(1, 7000) AS i
        """

    @Test func aFloodComesOutExact() async throws {
        try await FeedFixture.with { fixture in
            try await withTightEngine(fixture) { run in
                try await fixture.settle()
                try await fixture.run(Self.flood)
                try await fixture.settle()
                #expect(try await fixture.isExact())
                try await fixture.run(
                    "UPDATE visits SET bytes = bytes + 1, browser = 'n' WHERE id % 2 = 0; DELETE FROM visits WHERE id % 3 = 0"
                )
                try await fixture.settle()
                #expect(try await fixture.isExact())
                #expect(run.status.rowsInMemory <= 200, "\(run.status.rowsInMemory)")
                #expect(run.status.daysInMemory <= 3)
            }
        }
    }

    /// Each transaction logs its own rows, so that the backlog has far more events than keys.
    @Test func aBacklogComesOutExact() async throws {
        try await FeedFixture.with { fixture in
            try await withTightEngine(fixture) { _ in try await fixture.settle() }
            try await fixture.run(
                """
                DO $$ BEGIN FOR i IN 1..6000 LOOP
                    INSERT INTO visits (site, at, bytes, browser) VALUES ('s' || i % 61, now() - (i % 17) * interval '1 day', i, 'b' || i % 4);
                END LOOP; END $$;
                UPDATE visits SET site = 'moved' WHERE id % 5 = 0
                """)
            try await withTightEngine(fixture) { _ in
                try await fixture.settle()
                #expect(try await fixture.isExact())
            }
        }
    }

    /// A turn that has spilled has moved the cursor: what it counts after the last spill must be committed with it.
    @Test func whatComesAfterASpillIsNotLeftBehind() async throws {
        try await FeedFixture.with { fixture in
            try await withTightEngine(fixture) { _ in try await fixture.settle() }
            try await fixture.run(Self.flood)
            let run = EngineRun(
                fixture.settings {
                    $0.limits.dirtyRows = 500; $0.flushEvery = .seconds(3600); $0.healthPeriod = .seconds(3600)
                })
            try await eventually("the cursor has passed the flood") { try await fixture.isFlushed() }
            await run.kill()
            #expect(try await fixture.isExact())
        }
    }

    /// A session lost in a turn that has already spilled leaves nothing of it.
    @Test func aSpillThatIsAbandonedIsUndone() async throws {
        try await FeedFixture.with { fixture in
            try await withTightEngine(fixture) { _ in try await fixture.settle() }
            for _ in 0..<5 {
                try await fixture.run(Self.flood)
                let run = EngineRun(
                    fixture.settings {
                        $0.limits.dirtyRows = 20; $0.limits.days = 2
                    })
                try await eventually("leading") { run.status.role == .leader }
                for _ in 0..<2_000 { await Task.yield() }
                await run.kill()
            }
            try await withTightEngine(fixture) { _ in
                try await fixture.settle()
                #expect(try await fixture.isExact())
            }
        }
    }

    @Test func aWindowDayOfMoreRowsThanFit() async throws {
        let history =
            "INSERT INTO visits (site, at, bytes) SELECT 's' || i, now(), i FROM generate_series(1, 500) AS i;"
        try await FeedFixture.with(Visits.table + history) { fixture in
            for _ in 0..<2 {
                try await withTightEngine(fixture) { _ in
                    try await fixture.settle()
                    try await fixture.run(
                        "UPDATE visits SET bytes = bytes + 1; INSERT INTO visits (site, at, bytes) VALUES ('s1', now(), 1), ('new', now(), 1)"
                    )
                    try await fixture.settle()
                    #expect(try await fixture.isExact())
                    try await fixture.run("DELETE FROM visits WHERE site IN ('s5', 's499')")
                    try await fixture.settle()
                    #expect(try await fixture.isExact())
                }
            }
        }
    }
}
