import HTTPTypes
import Testing

@testable import DaybookServer

/// Who asks too often is told to wait, and nobody else.
struct RateTests {
    private static var narrow: ServerAccess {
        var access = ServerAccess()
        // So slow that nothing comes back while a test runs.
        access.limits.viewerRate = RateLimit(perSecond: 0.0001, burst: 3)
        access.limits.strangerRate = RateLimit(perSecond: 0.0001, burst: 2)
        return access
    }

    @Test("Each viewer has a rate of its own")
    func viewers() async throws {
        try await GuardedServer.with(access: Self.narrow) { server in
            for caller in [Caller.user, .otherUser, .operator] {
                for _ in 0..<3 {
                    #expect(try await server.get("/api/openapi.json", from: caller).status == .ok)
                }
                let refused = try await server.get("/api/openapi.json", from: caller)
                #expect(refused.error == "429 too_many_requests -")
                #expect(refused.headers[.retryAfter].flatMap(Int.init) ?? 0 > 0)
            }
            // Pages and health have no viewer.
            for _ in 0..<10 { #expect(try await server.get("/api/health", from: .user).status == .ok) }
        }
    }

    @Test("Strangers together have one, and take nothing from viewers")
    func strangers() async throws {
        try await GuardedServer.with(access: Self.narrow) { server in
            for _ in 0..<2 { #expect(try await server.get("/api/rollups", from: .nobody).status == .unauthorized) }
            #expect(try await server.get("/api/rollups", from: .nobody).error == "429 too_many_requests -")
            let wrong = try await server.fixture.get("/api/rollups", headers: server.desk.bearer("x"))
            #expect(wrong.error == "429 too_many_requests -")
            #expect(try await server.get("/api/rollups", from: .user).status == .ok)
        }
    }
}
