import Foundation
import PostgresClient
import Testing

@testable import Daybook
@testable import DaybookServer

/// Applying the stream to an empty model always reaches the table.
struct StreamPropertyTests {
    @Test("Through changes, disconnects, and restarts of engine and daemon", arguments: [1, 2, 3])
    func reachesTheTable(seed: UInt64) async throws {
        try await ServerFixture.with { fixture in
            var random = SeededGenerator(seed: seed)
            let client = StreamClient(
                fixture, "/api/stream?rollup=sales_daily&state=full&from=2026-01-01&to=2026-01-09")
            for life in 0..<4 {
                // Another process each time, which knows nothing of what the last one has told.
                let daemon = fixture.another(boot: "life\(life)")
                try await daemon.withHub {
                    try await live(daemon, client, &random)
                }
            }
            let last = fixture.another(boot: "last")
            try await last.withHub {
                try await last.withEngine(flushEvery: .milliseconds(5)) { engine in
                    try await last.counted(by: engine)
                    try await client.connected(to: last) { client in
                        try await eventually("the model is the table", within: .seconds(20)) {
                            let model = client.model
                            let table = try await fixture.streamedTable()
                            return model.isSettled && model.rows == table
                        }
                    }
                }
            }
        }
    }

    /// Two sessions of one daemon, which end in peace or not, and flush often, seldom or never.
    private func live(
        _ daemon: ServerFixture, _ client: StreamClient, _ random: inout SeededGenerator
    ) async throws {
        for _ in 0..<2 {
            let flushEvery = try #require(
                [Duration.milliseconds(5), .milliseconds(80), .seconds(3600)].randomElement(using: &random))
            try await daemon.withEngine(flushEvery: flushEvery, gracefully: Bool.random(using: &random)) { engine in
                for _ in 0..<Int.random(in: 1...3, using: &random) {
                    try await client.connected(to: daemon) { _ in
                        for _ in 0..<Int.random(in: 1...12, using: &random) { try await change(daemon, &random) }
                        if Bool.random(using: &random) { try await daemon.counted(by: engine) }
                    }
                    for _ in 0..<Int.random(in: 0...3, using: &random) { try await change(daemon, &random) }
                }
            }
        }
    }

    private func change(_ fixture: ServerFixture, _ random: inout SeededGenerator) async throws {
        let day = Int.random(in: 1...4, using: &random)
        let user = Int.random(in: 1...2, using: &random)
        let shop = ["'a'", "'b'", "NULL", "'é \"x\"'"].randomElement(using: &random)!
        switch Int.random(in: 0..<10, using: &random) {
        case 0: try await fixture.run("DELETE FROM sales WHERE user_id = \(user) AND shop IS NOT DISTINCT FROM \(shop)")
        case 1: try await fixture.run("UPDATE sales SET cents = cents + 1 WHERE user_id = \(user)")
        case 2: try await fixture.run("UPDATE sales SET at = at + interval '1 day' WHERE id % 5 = \(day)")
        case 3: try await fixture.run("DELETE FROM sales WHERE id % 3 = \(day % 3)")
        default:
            try await fixture.run(
                """
                INSERT INTO sales (user_id, shop, at, cents, kind)
                VALUES (\(user), \(shop), '2026-01-0\(day) 10:00+00', \(day * 7), 'k\(user)')
                """)
        }
    }
}
