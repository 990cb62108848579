import HTTPTypes
import Testing

@testable import Daybook
@testable import DaybookServer

/// A user at the stream, with what another client has seen last.
struct TenantStreamTests {
    @Test("Another client's Last-Event-ID leads to one's own rows", arguments: ["none", "full"])
    func foreignPositions(state: String) async throws {
        try await GuardedServer.with { server in
            try await withHub(server) {
                let path = "/api/stream?rollup=sales_daily&state=\(state)&\(GuardedServer.range)"
                let theirs = StreamClient(server.fixture, path, headers: try server.desk.fields(.otherUser))
                try await theirs.connected { theirs in
                    try await eventually("the other has begun") { theirs.model.lastEventID != nil }
                }
                let position = try #require(theirs.model.lastEventID)
                // Changed while nobody is connected: whoever comes back is told what was missed.
                try await server.fixture.run(GuardedServer.rows("'2026-01-04 10:00+00'"))
                try await server.fixture.counted(by: server.engine)
                let forged = [
                    position, "boot-0", "boot-1", "boot-18446744073709551615", "boot-99999999999999999999", "boot--1",
                    "boot-", "another-1", "0", TokenDesk.otherUser, "boot-\(TokenDesk.otherUser)", " ", "*",
                ]
                for id in forged {
                    let mine = StreamClient(
                        server.fixture, path, headers: try server.desk.fields(.user), lastEventID: id)
                    try await mine.connected { mine in
                        try await eventually("something of one's own has come, or one is to begin anew") {
                            mine.received.contains("2026-01-04") || state == "none" && !mine.model.resets.isEmpty
                        }
                        // What is committed now comes after everything that was owed.
                        try await server.fixture.run(GuardedServer.rows("'2026-01-05 10:00+00'"))
                        try await eventually("one's own change has come") { mine.received.contains("2026-01-05") }
                        #expect(!GuardedServer.tellsOfTheOther(mine.received), "\(id): \(mine.received)")
                        #expect(mine.received.contains("\"user_id\":\(TokenDesk.user)"))
                    }
                }
                try await theirs.connected { theirs in
                    try await eventually("the other has been told") { theirs.received.contains("secret-shop") }
                    #expect(!theirs.received.contains("mine"))
                }
            }
        }
    }

    private func withHub(_ server: GuardedServer, _ body: () async throws -> Void) async throws {
        let hub = server.fixture.routes.hub
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await hub.run() }
            defer {
                hub.close()
                group.cancelAll()
            }
            try await body()
        }
    }
}
