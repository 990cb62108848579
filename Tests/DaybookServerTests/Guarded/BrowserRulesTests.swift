import HTTPTypes
import Testing

@testable import DaybookServer

/// What browsers are told with every answer.
struct BrowserRulesTests {
    private static let site = "https://stats.example.com"

    private static func listed() throws -> ServerAccess {
        var access = GuardedServer.open
        access.origins = try CORSPolicy(origins: [site])
        return access
    }

    private static let preflight: HTTPFields = [
        .origin: site, .accessControlRequestMethod: "GET", .accessControlRequestHeaders: "authorization",
    ]

    private func expectSafe(_ answer: TestAnswer, _ what: String) {
        let isPage = answer.headers[.contentType]?.hasPrefix("text/html") == true
        #expect(
            answer.headers[.contentSecurityPolicy]
                == (isPage ? SecurityHeaders.pagePolicy : SecurityHeaders.dataPolicy), "\(what)")
        for (name, value) in [
            ("X-Content-Type-Options", "nosniff"), ("Referrer-Policy", "no-referrer"), ("X-Frame-Options", "DENY"),
            ("Cross-Origin-Opener-Policy", "same-origin"), ("Cross-Origin-Resource-Policy", "same-origin"),
        ] {
            #expect(answer.headers[values: HTTPField.Name(name)!] == [value], "\(name), \(what)")
        }
        #expect(answer.headers[.setCookie] == nil, "\(what)")
    }

    @Test("Every answer says what it may be used for")
    func securityHeaders() async throws {
        var access = try Self.listed()
        access.limits.targetBytes = 2_000
        try await GuardedServer.with(access: access) { server in
            var seen: Set<Int> = []
            func check(
                _ path: String, _ caller: Caller, _ headers: HTTPFields = [:], _ method: HTTPRequest.Method = .get
            )
                async throws
            {
                let answer = try await server.get(path, from: caller, headers: headers, method: method)
                seen.insert(answer.status.code)
                expectSafe(answer, "\(method) \(path) \(answer.status)")
            }
            for request in GuardedRoute.all.flatMap(\.requests) {
                for caller in Caller.allCases { try await check(request, caller) }
                try await check(request, .operator, [:], .head)
                try await check(request, .operator, [:], .post)
                try await check(request, .operator, Self.preflight, .options)
                try await check(request, .operator, [.origin: "https://another.example"], .options)
            }
            try await check("/nothing", .nobody)
            try await check("/api/rollups?x=1", .user)
            try await check("/\(String(repeating: "x", count: 3_000))", .user)
            try await check("/api/rollups", .user, [.accept: "application/vnd.daybook.v9+json"])
            let tag = try #require(try await server.get("/assets/dashboard.js", from: .nobody).headers[.eTag])
            try await check("/assets/dashboard.js", .nobody, [.ifNoneMatch: tag])
            #expect(seen.isSuperset(of: [200, 204, 304, 400, 401, 403, 404, 405, 406, 414]))
        }
    }

    @Test("Without listed sites, no answer lets another site read it")
    func originsOff() async throws {
        try await GuardedServer.with { server in
            for request in GuardedRoute.all.flatMap(\.requests) {
                for method in [HTTPRequest.Method.get, .head, .options] {
                    let answer = try await server.get(request, from: .user, headers: Self.preflight, method: method)
                    #expect(!answer.headers.contains { $0.name.canonicalName.hasPrefix("access-control") })
                }
            }
        }
    }

    @Test("A listed site's page may read answers and refusals, no other site's may")
    func originsListed() async throws {
        try await GuardedServer.with(access: try Self.listed()) { server in
            for caller in [Caller.user, .nobody] {
                let answer = try await server.get("/api/rollups", from: caller, headers: [.origin: Self.site])
                #expect(answer.headers[.accessControlAllowOrigin] == Self.site)
                #expect(answer.headers[.vary] == "Origin")
                #expect(answer.headers[.accessControlAllowCredentials] == nil)
            }
            for origin in ["https://another.example", "null", "https://stats.example.com.another.example", "*"] {
                let answer = try await server.get("/api/rollups", from: .user, headers: [.origin: origin])
                #expect(answer.headers[.accessControlAllowOrigin] == nil, "\(origin)")
            }
            let allowed = try await server.get("/api/stream", from: .nobody, headers: Self.preflight, method: .options)
            #expect(allowed.status == .noContent)
            #expect(allowed.headers[.accessControlAllowHeaders]?.contains("last-event-id") == true)
            var foreign = Self.preflight
            foreign[.origin] = "https://another.example"
            let refused = try await server.get("/api/stream", from: .nobody, headers: foreign, method: .options)
            #expect(refused.status == .forbidden)
            #expect(refused.headers[.accessControlAllowOrigin] == nil)
        }
    }
}
