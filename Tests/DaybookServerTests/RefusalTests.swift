import HTTPTypes
import Testing

@testable import Daybook
@testable import DaybookServer

/// What is wrong with a request is said precisely, and nothing in one can be a fault of the server's.
struct RefusalTests {
    private static let cases: [(query: String, error: String)] = [
        ("?from=2026-02-30", "400 invalid_day from"), ("?from=infinity", "400 invalid_day from"),
        ("?to=26-1-1", "400 invalid_day to"), ("?from=2026-01-02&to=2026-01-01", "400 invalid_range to"),
        ("?from=0001-01-01&to=2026-01-01", "400 range_too_long from"), ("?limit=0", "400 invalid_limit limit"),
        ("?limit=1001", "400 invalid_limit limit"), ("?limit=x", "400 invalid_limit limit"),
        ("?sort=nothing", "400 invalid_sort sort"), ("?sort=kinds", "400 invalid_sort sort"),
        ("?sort=", "400 invalid_sort sort"), ("?after=x", "400 invalid_after after"),
        ("?after=WyItZGF5IiwiWCIsIlgiLCJYIl0", "400 invalid_after after"), ("?format=xml", "400 invalid_format format"),
        ("?color=red", "400 unknown_dimension color"), ("?user_id=a", "400 invalid_value user_id"),
        ("?user_id=1&user_id=2", "400 repeated_parameter user_id"),
        ("?shop=a&shop.null=true", "400 invalid_value shop.null"), ("?shop.null=1", "400 invalid_shop.null shop.null"),
        ("?user_id=99999999999999999999", "400 invalid_value user_id"), ("?shop=%00", "400 invalid_query -"),
        ("?shop=%FF", "400 invalid_query -"), ("?shop=%zz", "400 invalid_query -"),
        ("?format=csv&after=x", "400 invalid_after after"),
        ("/top?by=nothing", "400 unknown_dimension by"), ("/top?by=shop,shop", "400 unknown_dimension by"),
        ("/top?measure=kinds", "400 unknown_measure measure"), ("/top?limit=101", "400 invalid_limit limit"),
        ("/breakdown?measure=sales", "400 unknown_measure measure"),
        ("/values", "400 unknown_dimension dimension"), ("/values?dimension=day", "400 unknown_dimension dimension"),
        ("/nothing", "404 not_found -"),
    ]

    @Test("Each mistake has its code and names its parameter")
    func mistakes() async throws {
        try await ServerFixture.with { fixture in
            for (query, error) in Self.cases {
                let answer = try await fixture.get("/api/rollups/sales_daily\(query)")
                #expect(answer.error == error, "\(query)")
            }
            #expect(try await fixture.get("/api/rollups/nothing").error == "404 unknown_rollup -")
            #expect(try await fixture.get("/api/rollups/visits_daily/breakdown").error == "400 unknown_measure measure")
            #expect(try await fixture.get("/api/stream?state=half").error == "400 invalid_state state")
            #expect(try await fixture.get("/api/stream?rollup=nothing").error == "404 unknown_rollup -")
            #expect(try await fixture.get("/api/stream?site=a").error == "400 unknown_dimension site")
            #expect(try await fixture.get("/api/rollups?x=1").error == "400 unknown_parameter x")
        }
    }

    @Test("Random queries get 2xx or 4xx")
    func fuzz() async throws {
        try await ServerFixture.with { fixture in
            try await fixture.run("INSERT INTO sales (user_id, shop, at, cents) VALUES (1, 'a', now(), 100)")
            try await fixture.withEngine { _ in }
            var random = SeededGenerator(seed: 7)
            let names = [
                "from", "to", "sort", "limit", "after", "format", "user_id", "shop", "shop.null", "by", "measure",
                "dimension", "prefix", "x'y", "day", "%22", "",
            ]
            let values = [
                "1", "-1", "'", "%27%3B--", "2026-01-01", "9999-12-31", "0001-01-01", "csv", "json", "-cents", "share",
                "true", "%F0%9F%98%80", "", "a%0Ab", "NaN", "2147483648", "shop,user_id", "%5B%22-day%22%5D",
            ]
            let routes = ["", "/summary", "/series", "/top", "/breakdown", "/values"]
            for _ in 0..<300 {
                let pairs = (0..<Int.random(in: 0...4, using: &random)).map { _ in
                    "\(names.randomElement(using: &random)!)=\(values.randomElement(using: &random)!)"
                }
                let path =
                    "/api/rollups/sales_daily\(routes.randomElement(using: &random)!)?\(pairs.joined(separator: "&"))"
                let answer = try await fixture.get(path)
                #expect((200..<500).contains(answer.status.code), "\(path): \(answer.status) \(answer.body)")
            }
        }
    }

    @Test("Versions that are not spoken are refused, the one that is comes back")
    func versions() async throws {
        try await ServerFixture.with { fixture in
            let plain = try await fixture.get("/api/rollups")
            #expect(plain.headers[.contentType] == "application/json; charset=utf-8")
            #expect(plain.headers[HTTPField.Name("Daybook-Version")!] == "1")
            let first = try await fixture.get("/api/rollups", headers: [.accept: "application/vnd.daybook.v1+json"])
            #expect(first.headers[.contentType] == "application/vnd.daybook.v1+json")
            let second = try await fixture.get("/api/rollups", headers: [.accept: "application/vnd.daybook.v2+json"])
            #expect(second.error == "406 unknown_version -")
        }
    }
}
