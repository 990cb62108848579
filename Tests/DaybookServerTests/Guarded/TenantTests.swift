import Foundation
import HTTPTypes
import Testing

@testable import Daybook
@testable import DaybookServer

/// A user who tries everything to see another user's rows.
struct TenantTests {
    private static let other = TokenDesk.otherUser

    /// Ways to write another user's key, or anything that might be taken for it, into a query.
    private static let queries: [String] = {
        let spellings = [
            other, "%2B\(other)", "0\(other)", "\(other)%20", "%20\(other)", "\(other).0", "0xBC00D", "7.70077e5",
            "%EF%BC%97\(other.dropFirst())", "\(TokenDesk.user),\(other)", "\(TokenDesk.user)%20OR%20true", "*", "%25",
            "null", "NULL", "", "any", "\(TokenDesk.user)%3B\(other)", "{\(TokenDesk.user),\(other)}",
            "!\(TokenDesk.user)",
        ]
        let names = ["user_id", "user%5Fid", "USER_ID", "user_id%5B%5D", "user_id.eq", "user_id.ne", "subject", "sub"]
        var queries = names.flatMap { name in spellings.map { "\(name)=\($0)" } }
        queries += [
            "user_id.null=true", "user_id.null=false", "user_id=\(TokenDesk.user)&user_id=\(other)",
            "user_id=\(other)&user_id=\(TokenDesk.user)", "user_id=\(TokenDesk.user)&user_id.null=true",
            "user_id=\(TokenDesk.user);user_id=\(other)", "user_id=\(TokenDesk.user)&USER_ID=\(other)",
            "shop=secret-shop", "shop=%27%20OR%20user_id%3D\(other)--", "shop=secret%25", "shop.null=true",
            "shop=mine&shop=secret-shop", "sort=user_id", "sort=-user_id", "sort=-cents", "sort=-share", "limit=1000",
            "by=user_id", "by=user_id,shop", "by=shop&measure=cents", "by=user_id&measure=cents_each", "format=csv",
            "format=csv&user_id=\(other)", "role=operator", "viewer=operator", "access_token=x", "dimension=user_id",
            "dimension=user_id&prefix=\(other)", "dimension=shop&prefix=secret", "measure=kinds", "from=2026-01-01",
        ]
        return queries
    }()

    private static let paths: [String] =
        ["", "/summary", "/series", "/top", "/breakdown", "/values"].map { "/api/rollups/sales_daily\($0)" }
        + [
            "/api/rollups", "/api/ops", "/api/stream", "/metrics", "/", "/ops", "/api/health",
            "/api/rollups/visits_daily", "/api/rollups/visits_daily/summary", "/api/rollups/\(other)",
            "/api/rollups/sales_daily/\(other)", "/api/rollups/sales_daily%2F\(other)", "/api/rollups/sales_daily/..",
            "/api/rollups/sales_daily;user_id=\(other)", "/api/rollups/sales_daily%3Fuser_id=\(other)",
            "/api/rollups/sales_daily/values/user_id", "/api/rollups//sales_daily", "/api/rollups/sales_daily/",
            "/api/rollups/SALES_DAILY", "/api/rollups/%73ales_daily", "/api/rollups/sales_daily%00", "//api/ops",
            "/api/ops/", "/API/ops", "/api/%6Fps", "/api/./ops", "/api/x/../ops", "/metrics/",
        ]

    @Test("A foreign key in path or query gets nothing of the other user's")
    func everywhere() async throws {
        try await GuardedServer.with { server in
            for path in Self.paths {
                for query in Self.queries {
                    let request = "\(path)?\(query)"
                    let answer = try await server.get(request, from: .user)
                    let told = "\(request): \(answer.status) \(answer.body.prefix(1_000))"
                    #expect([200, 304, 400, 403, 404].contains(answer.status.code), "\(told)")
                    #expect(!GuardedServer.tellsOfTheOther(answer.body, request: request), "\(told)")
                }
                for query in Self.queries.prefix(20) where path.hasPrefix("/api/rollups") {
                    let answer = try await server.get("\(path)?\(query)", from: .nobody)
                    #expect([401, 404].contains(answer.status.code), "\(path)")
                }
            }
        }
    }

    @Test(
        "Another's place in a list leads to one's own rows",
        arguments: ["day", "-day", "user_id", "-user_id", "shop", "-cents", "share"])
    func pagingTokens(sort: String) async throws {
        try await GuardedServer.with { server in
            let path = "/api/rollups/sales_daily?\(GuardedServer.range)&sort=\(sort)&limit=1"
            var places: [String] = []
            while places.count < 10 {
                let page = try await server.get(places.last.map { "\(path)&after=\($0)" } ?? path, from: .operator)
                guard let next = try page.json["next"] as? String else { break }
                places.append(next)
            }
            #expect(places.count == 3)
            for place in places {
                let own = try await server.get("\(path)&after=\(place)", from: .user)
                #expect(own.status == .ok)
                #expect(!GuardedServer.tellsOfTheOther(own.body), "\(own.body)")
                // A place of another order is none.
                let foreign = try await server.get("\(path)x&after=\(place)", from: .user)
                #expect(foreign.status == .badRequest)
            }
        }
    }

    @Test("Another's tag of an answer is not one's own")
    func tags() async throws {
        try await GuardedServer.with { server in
            for route in GuardedRoute.all where route.audience == .users {
                for request in route.requests {
                    guard let tag = try await server.get(request, from: .otherUser).headers[.eTag] else { continue }
                    let same = try await server.get(request, from: .otherUser, headers: [.ifNoneMatch: tag])
                    #expect(same.status == .notModified, "\(request)")
                    guard request != "/api/openapi.json" else { continue }
                    let other = try await server.get(request, from: .user, headers: [.ifNoneMatch: tag])
                    #expect(other.status == .ok, "\(request)")
                }
            }
        }
    }

    @Test("Subjects that no integer column can hold see nothing")
    func subjects() async throws {
        try await GuardedServer.with { server in
            for subject in [
                "x", "101 ", " 101", "101.0", "99999999999", "101 OR true", "１０１", "*", "null", "101,770077",
            ] {
                for path in ["", "/summary", "/series", "/top", "/breakdown"] {
                    let answer = try await server.fixture.get(
                        "/api/rollups/sales_daily\(path)?\(GuardedServer.range)",
                        headers: server.desk.fields(subject: subject))
                    #expect(answer.error == "403 forbidden -", "\(subject) \(path)")
                }
                let list = try await server.fixture.get("/api/rollups", headers: server.desk.fields(subject: subject))
                #expect(list.body == "{\"rollups\":[]}\n")
            }
        }
    }

    @Test("Wrong tokens are refused on every route, and no answer repeats them")
    func wrongTokens() async throws {
        try await GuardedServer.with { server in
            let mint = server.desk.mint
            let good = try mint.token(["role": #""operator""#])
            let claims = TokenMint.base64(Data(TokenMint.claims(["role": #""operator""#]).utf8))
            let bare = TokenMint.base64(Data(#"{"alg":"none"}"#.utf8))
            let headers: [HTTPFields] = [
                server.desk.bearer(try mint.token(["exp": "\(Int(TokenMint.now) - 3600)", "role": #""operator""#])),
                server.desk.bearer(try mint.token(["exp": "", "role": #""operator""#])),
                server.desk.bearer(try mint.token(["aud": #""another""#, "role": #""operator""#])),
                server.desk.bearer(try mint.token(["iss": #""another""#, "role": #""operator""#])),
                server.desk.bearer("\(bare).\(claims)."), server.desk.bearer(String(good.dropLast(6))),
                server.desk.bearer(good + "."), server.desk.bearer("x"), [.authorization: "Basic \(good)"],
                [.authorization: good], [.authorization: "Bearer "], [.authorization: ""], [.cookie: "token=\(good)"],
                [.authorization: "Bearer \(good), Bearer \(good)"],
            ]
            var twice = server.desk.bearer(good)
            twice.append(contentsOf: try server.desk.fields(.user))
            for fields in headers + [twice] {
                for route in GuardedRoute.all where route.audience != .everyone {
                    let answer = try await server.fixture.get(route.requests[0], headers: fields)
                    #expect(answer.status == .unauthorized, "\(route.path) \(fields)")
                    #expect(answer.headers[.wwwAuthenticate]?.hasPrefix("Bearer") == true)
                    #expect(!answer.body.contains(good.prefix(20)))
                }
            }
            // An address ends up in logs and histories, so a token there is not looked at.
            for name in ["token", "access_token", "jwt", "authorization"] {
                let answer = try await server.get("/api/rollups?\(name)=\(good)", from: .nobody)
                #expect(answer.status == .unauthorized)
            }
        }
    }
}

extension HTTPFields {
    mutating func append(contentsOf fields: HTTPFields) {
        for field in fields { append(field) }
    }
}
