import PostgresClient
import Testing

@testable import Daybook

/// Keys that no row can hold: out of the table, out of the way, and back when they fit.
struct ParkingTests {
    private func parked(_ fixture: FeedFixture) async throws -> String {
        try await fixture.table("SELECT reason FROM daybook.parked ORDER BY reason")
    }

    private func waitUntilExact(_ fixture: FeedFixture) async throws {
        try await eventually("the table is exact") {
            try await fixture.settle()
            return try await fixture.isExact()
        }
    }

    @Test(arguments: [false, true])
    func aNullInADimensionThatHasNone(isHistory: Bool) async throws {
        let insert = "INSERT INTO visits (site, at, bytes) VALUES (NULL, '2024-05-01', 1), ('a', '2024-05-01', 2);"
        try await FeedFixture.with(Visits.table + (isHistory ? insert : ""), [Visits.strictYAML]) { fixture in
            try await fixture.withEngine { _ in
                if !isHistory { try await fixture.run(insert) }
                try await fixture.settle()
                #expect(try await parked(fixture) == "reason\nnull in dimension site")
                #expect(try await fixture.table("SELECT site, visits FROM visits_daily") == "site | visits\na    | 1")
                // More of the same changes nothing, and nothing is parked twice.
                try await fixture.run(insert)
                try await fixture.settle()
                #expect(try await fixture.table("SELECT site, visits FROM visits_daily") == "site | visits\na    | 2")
                try await fixture.run("UPDATE visits SET site = 'b' WHERE site IS NULL")
                try await waitUntilExact(fixture)
                try await eventually("nothing is parked") { try await fixture.count("daybook.parked") == 0 }
            }
        }
    }

    @Test(arguments: [false, true])
    func aSumBeyondSixtyFourBits(isHistory: Bool) async throws {
        let insert = """
            INSERT INTO visits (id, site, at, bytes) VALUES
                (1, 'big', '2024-05-01', 9223372036854775807), (2, 'big', '2024-05-01', 9223372036854775807), (3, 'a', '2024-05-01', 1);
            """
        try await FeedFixture.with(Visits.table + (isHistory ? insert : "")) { fixture in
            try await fixture.withEngine { _ in
                if !isHistory { try await fixture.run(insert) }
                try await fixture.settle()
                #expect(try await parked(fixture) == "reason\nbytes beyond bigint")
                #expect(try await fixture.table("SELECT site FROM visits_daily") == "site\na")
                // Still too much: parked again, once.
                try await fixture.run("UPDATE visits SET bytes = 1 WHERE id = 2")
                try await eventually("parked anew") {
                    try await fixture.settle()
                    return try await parked(fixture) == "reason\nbytes beyond bigint"
                }
                try await fixture.run("UPDATE visits SET bytes = -1 WHERE id = 2")
                try await waitUntilExact(fixture)
                #expect(try await fixture.count("daybook.parked") == 0)
                // Deltas count again.
                try await fixture.run("UPDATE visits SET bytes = 5 WHERE id = 1")
                try await fixture.settle()
                #expect(try await fixture.isExact())
            }
        }
    }

    @Test(arguments: [false, true])
    func aKeyTooLongForAnIndex(isHistory: Bool) async throws {
        let insert = "INSERT INTO visits (site, at) VALUES (repeat('x', 3000), '2024-05-01'), ('a', '2024-05-01');"
        try await FeedFixture.with(Visits.table + (isHistory ? insert : "")) { fixture in
            try await fixture.withEngine { _ in
                if !isHistory { try await fixture.run(insert) }
                try await fixture.settle()
                #expect(try await parked(fixture) == "reason\nkey too long for an index")
                try await fixture.run("UPDATE visits SET site = left(site, 2000)")
                try await waitUntilExact(fixture)
                try await eventually("nothing is parked") { try await fixture.count("daybook.parked") == 0 }
            }
        }
    }

    @Test func aStoredRowThatOutgrowsItsColumnIsTakenOut() async throws {
        let existing = "CREATE TABLE visits_daily (site text, day date, visits smallint);"
        try await FeedFixture.with(Visits.table + existing) { fixture in
            try await fixture.withEngine { _ in
                try await fixture.run(
                    "INSERT INTO visits (site, at) SELECT 'a', '2024-05-01' FROM generate_series(1, 32767)")
                try await fixture.settle()
                #expect(try await fixture.table("SELECT visits FROM visits_daily") == "visits\n32767")
                try await fixture.run("INSERT INTO visits (site, at) VALUES ('a', '2024-05-01')")
                try await fixture.settle()
                #expect(try await parked(fixture) == "reason\nvisits beyond smallint")
                #expect(try await fixture.count("visits_daily") == 0)
                try await fixture.run("DELETE FROM visits WHERE id <= 10")
                try await eventually("back again") {
                    try await fixture.table("SELECT visits FROM visits_daily") == "visits\n32758"
                }
            }
        }
    }

    /// The change comes, is counted in vain, and the daemon ends before it has looked at the parked key again.
    @Test func aKeyThatFittedBeforeTheRestartIsFoundToo() async throws {
        try await FeedFixture.with { fixture in
            try await fixture.withEngine({ $0.healthPeriod = .seconds(3600) }) { run in
                try await eventually("leading") { run.status.isReady }
                try await fixture.run(
                    "INSERT INTO visits (site, at, bytes) SELECT 'a', '2024-05-01', 9223372036854775807 FROM generate_series(1, 2)"
                )
                try await fixture.settle()
                #expect(try await fixture.count("daybook.parked") == 1)
                let turns = run.status.turns
                try await fixture.run("UPDATE visits SET bytes = 1")
                try await eventually("counted, in vain") { run.status.turns > turns }
            }
            try await fixture.withEngine { _ in try await waitUntilExact(fixture) }
            #expect(try await fixture.count("daybook.parked") == 0)
        }
    }

    @Test func parkingNeverHoldsUpOthers() async throws {
        try await FeedFixture.with(Visits.table, [Visits.strictYAML]) { fixture in
            try await fixture.withEngine { run in
                for step in 0..<30 {
                    try await fixture.run(
                        "INSERT INTO visits (site, at, bytes) VALUES (NULL, current_date - \(step % 5), 1), ('a', current_date - \(step % 5), \(step)), (repeat('x', 2700 + \(step)), now(), 1)"
                    )
                }
                try await fixture.settle()
                #expect(try await fixture.count("visits_daily WHERE site = 'a'") == 5)
                #expect(try await fixture.value("SELECT sum(visits)::bigint FROM visits_daily", as: Int.self) == 30)
                try await eventually("each key is parked once") { try await fixture.count("daybook.parked") == 35 }
                #expect(run.status.lastError == nil)
            }
        }
    }

    /// No event tells of it, and the audit leaves parked keys out.
    @Test func whatWasParkedIsTruncated() async throws {
        let rows = "INSERT INTO visits (site, at, bytes) VALUES (NULL, now(), 1), ('a', now(), 2);"
        try await FeedFixture.with(Visits.table + rows, [Visits.strictYAML]) { fixture in
            try await fixture.withEngine { _ in
                try await fixture.settle()
                #expect(try await fixture.count("daybook.parked") == 1)
                try await fixture.run("TRUNCATE visits")
                try await eventually("nothing is parked") { try await fixture.count("daybook.parked") == 0 }
                try await waitUntilExact(fixture)
            }
        }
    }
}
