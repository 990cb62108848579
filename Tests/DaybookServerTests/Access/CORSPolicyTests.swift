import HTTPTypes
import Testing

@testable import DaybookServer

struct CORSPolicyTests {
    private static let site = "https://stats.example.com"

    private static func preflight(_ origin: String, method: String = "GET", headers: String? = nil) -> HTTPFields {
        var fields: HTTPFields = [.origin: origin, .accessControlRequestMethod: method]
        fields[.accessControlRequestHeaders] = headers
        return fields
    }

    @Test func off() throws {
        for policy in [CORSPolicy.off, try CORSPolicy(origins: [])] {
            #expect(policy.isOff)
            #expect(policy.fields(for: Self.site) == [:])
            #expect(policy.preflight(Self.preflight(Self.site)) == nil)
        }
    }

    @Test func exactOriginsOnly() throws {
        let policy = try CORSPolicy(origins: [Self.site, "http://localhost:5173"])
        for origin in [Self.site, "http://localhost:5173"] {
            let fields = policy.fields(for: origin)
            #expect(fields[.accessControlAllowOrigin] == origin)
            #expect(fields[.vary] == "Origin")
            #expect(fields[.accessControlAllowCredentials] == nil)
        }
        for origin in [
            nil, "", "null", "http://stats.example.com", "https://stats.example.com:8443",
            "https://stats.example.com.evil",
            "https://evil-stats.example.com", "https://STATS.example.com", "https://stats.example.com/",
            "http://localhost",
        ] {
            #expect(policy.fields(for: origin) == [.vary: "Origin"], "\(origin ?? "none")")
        }
    }

    @Test func preflights() throws {
        let policy = try CORSPolicy(origins: [Self.site])
        let answer = try #require(policy.preflight(Self.preflight(Self.site, headers: "Authorization, last-event-id")))
        #expect(answer.status == 204)
        #expect(answer.fields[.accessControlAllowOrigin] == Self.site)
        #expect(answer.fields[.accessControlAllowMethods] == "GET, HEAD")
        #expect(answer.fields[.accessControlAllowHeaders]?.contains("authorization") == true)
        for refused in [
            Self.preflight("https://evil.example"), Self.preflight(Self.site, method: "DELETE"),
            Self.preflight(Self.site, headers: "authorization, x-other"),
        ] {
            let answer = try #require(policy.preflight(refused))
            #expect(answer.status == 403)
            #expect(answer.fields[.accessControlAllowOrigin] == nil)
        }
        // An OPTIONS request that is no preflight.
        #expect(policy.preflight([.origin: Self.site]) == nil)
        #expect(policy.preflight([.accessControlRequestMethod: "GET"]) == nil)
    }

    @Test(arguments: [
        "http://a", "https://a-b.c1:8443", "http://[::1]:3000",
        "http://127.0.0.1:80000".replacing("80000", with: "8000"),
    ])
    func origins(_ origin: String) throws {
        #expect(try !CORSPolicy(origins: [origin]).isOff)
    }

    @Test(
        arguments: [
            "*", "null", "", "a.example", "https://", "https://*.example", "https://a/", "https://a/b",
            "https://A.example",
            "https://a:443", "http://a:80", "https://a:", "https://a:0", "https://a:99999", "https://a:+1",
            "https://a?b", "ftp://a",
            "https://user@a", "https://a b", "https://é.example", "http://[::1", "http://[x]",
        ])
    func notOrigins(_ text: String) {
        #expect(throws: AccessError.self) { try CORSPolicy(origins: [Self.site, text]) }
    }

    @Test func securityHeaders() {
        #expect(
            SecurityHeaders.page[.contentSecurityPolicy] == """
                default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; \
                base-uri 'none'; form-action 'self'; frame-ancestors 'none'
                """)
        for fields in [SecurityHeaders.page, SecurityHeaders.data] {
            #expect(fields[.xContentTypeOptions] == "nosniff")
            #expect(fields[.contentSecurityPolicy]?.contains("unsafe") == false)
            #expect(fields.contains { $0.name.canonicalName == "referrer-policy" && $0.value == "no-referrer" })
        }
    }
}
