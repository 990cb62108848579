import HTTPTypes
import Logging
import Testing

@testable import DaybookServer

/// Without tokens: this machine's own names, and no other site that has its name resolve to 127.0.0.1.
struct LoopbackTests {
    private func with(_ body: (ServerFixture) async throws -> Void) async throws {
        let gate = try await AccessGate(
            .loopback, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        try await ServerFixture.with(gate: gate, access: GuardedServer.open) { fixture in
            try await fixture.run(GuardedServer.rows("now()"))
            try await fixture.withEngine { _ in try await body(fixture) }
        }
    }

    @Test("A request for another name is refused on every route that shows a number")
    func foreignNames() async throws {
        try await with { fixture in
            let names = [
                "attacker.example", "attacker.example:8080", "localhost.attacker.example", "127.0.0.1.attacker.example",
                "127.0.0.1@attacker.example", "192.168.1.1:8080", "0.0.0.0:8080", "[::2]:8080", "localhost:x", "", nil,
            ]
            for name in names {
                for request in GuardedRoute.all.flatMap(\.requests) where request != "/api/health" {
                    let answer = try await fixture.get(request, authority: name)
                    #expect(answer.error == "403 foreign_host -", "\(name ?? "none") \(request)")
                    #expect(!GuardedServer.tellsOfTheOther(answer.body, request: request))
                }
            }
        }
    }

    @Test(
        "This machine's names see everything", arguments: ["localhost", "LOCALHOST:8080", "127.0.0.1:80", "[::1]:8080"])
    func ownNames(name: String) async throws {
        try await with { fixture in
            for request in GuardedRoute.all.flatMap(\.requests) {
                #expect(try await fixture.get(request, authority: name).status == .ok, "\(request)")
            }
            let page = try await fixture.get("/", authority: name).body
            #expect(page.contains("31,437"), "the sum of both users' cents")
        }
    }
}
