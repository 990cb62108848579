import PostgresClient
import Testing

@testable import Daybook

/// What an engine tells of its session, in order.
struct AnnouncementTests {
    @Test("Rows are announced with the flush that they are in the table with, and a session has a beginning and an end")
    func session() async throws {
        try await FeedFixture.with { fixture in
            try await fixture.run("INSERT INTO visits (site, at) VALUES ('old', '2026-01-01')")
            var run: EngineRun?
            try await fixture.withEngine { engine in
                run = engine
                try await fixture.settle()
                for number in 1...20 {
                    try await fixture.run("INSERT INTO visits (site, at) VALUES ('s\(number % 3)', now())")
                }
                try await fixture.settle()
            }
            let announcements = try #require(run).announcements
            guard case .began(let rollups, let first) = announcements.first else {
                Issue.record("a session begins with its beginning")
                return
            }
            #expect(rollups.map(\.name) == ["visits_daily"])
            guard case .ended = announcements.last else {
                Issue.record("a session ends with its end")
                return
            }
            var flushed = first
            var promised = first
            var rebuilt = 0
            for announcement in announcements.dropFirst().dropLast() {
                switch announcement {
                case .began, .ended: Issue.record("one session has one beginning and one end")
                case .changed(_, let flush):
                    #expect(flush == flushed + 1)
                    promised = flush
                case .rebuilt(let rollup, let days, let flush):
                    #expect(rollup == "visits_daily")
                    #expect(!days.isEmpty)
                    #expect(flush == flushed + 1)
                    rebuilt += 1
                case .flushed(let flush):
                    #expect(flush == flushed + 1)
                    flushed = flush
                }
            }
            #expect(rebuilt == 1)
            #expect(promised <= flushed)
            #expect(try await fixture.value("SELECT flush FROM daybook.cursor", as: Int64.self) == flushed)
        }
    }

    @Test("A key that its flush has to park is announced as gone")
    func parked() async throws {
        try await FeedFixture.with(Visits.table, [Visits.strictYAML]) { fixture in
            try await fixture.withEngine { engine in
                try await fixture.settle()
                try await fixture.run("INSERT INTO visits (site, at) VALUES (NULL, now())")
                try await eventually("it is parked") { try await fixture.count("daybook.parked") == 1 }
                try await eventually("and said to be gone") {
                    engine.publications.last?.rows.last?.measures == nil && !engine.publications.isEmpty
                }
            }
        }
    }
}
