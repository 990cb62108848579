import HTTPTypes
import Hummingbird
import Logging
import Testing

@testable import Daybook
@testable import DaybookServer

/// Whatever is sent, it is answered or refused: nothing is a fault of the server's.
struct FuzzTests {
    @Test("Random requests get 2xx, 304 or 4xx", arguments: [1, 2, 3, 4])
    func random(seed: UInt64) async throws {
        var access = GuardedServer.open
        access.origins = try CORSPolicy(origins: ["https://stats.example.com"])
        try await GuardedServer.with(access: access) { server in
            var fuzz = RequestFuzz(seed: seed, desk: server.desk)
            var tally: [Int: Int] = [:]
            for _ in 0..<1_500 {
                let (request, told) = try fuzz.next()
                let response = try await server.fixture.respond(request)
                let code = response.status.code
                tally[code, default: 0] += 1
                #expect([200, 204, 304].contains(code) || (400..<500).contains(code), "seed \(seed): \(code) \(told)")
                // A stream does not end.
                guard response.headers[.contentType]?.hasPrefix("text/event-stream") != true else { continue }
                try await response.body.write(CollectedBody())
            }
            // Requests that are all refused for the same reason would test nothing.
            for code in [200, 400, 401, 403, 404, 405] { #expect(tally[code] ?? 0 > 10, "seed \(seed): \(tally)") }
            #expect(server.fixture.routes.hub.subscriberCount == 0)
            #expect(try await server.get("/api/rollups", from: .operator).status == .ok)
        }
    }

    @Test("Headers that have broken parsers before", arguments: [";", ",", "", ";;", " ; ", ",;,", "a/b;", "*/*;q=;"])
    func accept(value: String) async throws {
        try await ServerFixture.with { fixture in
            for name in [HTTPField.Name.accept, .ifNoneMatch, .origin] {
                let answer = try await fixture.get("/api/rollups", headers: [name: value])
                #expect(answer.status == .ok, "\(name)")
            }
        }
    }
}
