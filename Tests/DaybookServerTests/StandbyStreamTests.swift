import PostgresClient
import Testing

@testable import Daybook
@testable import DaybookServer

/// The stream of a daemon that waits for another one's end.
struct StandbyStreamTests {
    @Test("Says that the tables have moved when they have, and once after it has led")
    func watch() {
        var watch = TableWatch()
        let seen = [5, 5, 6, 6, 9].map { watch.saw(flush: $0) }
        #expect(seen == [true, false, true, false, true])
        watch.forget()
        let again = watch.saw(flush: 9)
        #expect(again, "meanwhile subscribers may have been told of anything")
    }

    @Test("Follows the leader's tables, says so, and streams rows as soon as it leads")
    func takesOver() async throws {
        try await ServerFixture.with { fixture in
            try await fixture.run(sale(user: 1))
            let other = fixture.another()
            try await fixture.withEngine(flushEvery: .milliseconds(20), gracefully: false) { leader in
                let standby = ServerEngine(other, flushEvery: .seconds(3600))
                do {
                    try await eventually("it stands by") { standby.observatory.current.role == .standby }
                    try await follow(fixture, leader, other, standby)
                } catch {
                    await standby.kill()
                    throw error
                }
                await standby.kill()
            }
        }
    }

    private func follow(
        _ fixture: ServerFixture, _ leader: ServerEngine, _ other: ServerFixture, _ standby: ServerEngine
    ) async throws {
        let client = StreamClient(
            other, "/api/stream?rollup=sales_daily&state=full&from=2026-01-01&to=2026-01-09")
        try await other.withHub {
            try await client.connected { client in
                try await reachesTheTable(client, fixture)
                #expect(client.received.contains(#""role":"standby""#))
                for user in 2...4 {
                    try await fixture.run(sale(user: user))
                    try await fixture.counted(by: leader)
                    try await reachesTheTable(client, fixture)
                }
                try await fixture.run("DELETE FROM sales WHERE user_id < 3")
                try await fixture.counted(by: leader)
                try await reachesTheTable(client, fixture)
                #expect(Set(client.model.resets) == ["standby"])

                await leader.kill()
                try await eventually("it leads") {
                    standby.observatory.current.role == .leader && standby.observatory.current.isReady
                }
                try await fixture.run(sale(user: 9))
                try await eventually("the row itself comes, before any flush") {
                    client.model.rows.values.contains { $0.contains(#""user_id":9"#) }
                }
                #expect(client.model.resets.last == "restarted")
            }
        }
    }

    private func reachesTheTable(_ client: StreamClient, _ fixture: ServerFixture) async throws {
        try await eventually("the client has what the table has", within: .seconds(30)) {
            let count = try await fixture.connection.query(
                "SELECT count(*) = (SELECT count(DISTINCT user_id) FROM sales) FROM sales_daily")[0].decode(Bool.self)
            let table = try await fixture.streamedTable()
            return count && client.model.isSettled && client.model.rows == table
        }
    }

    private func sale(user: Int) -> String {
        "INSERT INTO sales (user_id, shop, at, cents) VALUES (\(user), 'a', '2026-01-02 10:00+00', 7)"
    }
}
