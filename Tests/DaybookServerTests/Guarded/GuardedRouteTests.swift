import HTTPTypes
import Hummingbird
import Testing

@testable import Daybook
@testable import DaybookServer

/// Every route, asked by everybody.
struct GuardedRouteTests {
    @Test("Each route answers whom it is for, and tells nobody of another user's rows")
    func everyRoute() async throws {
        try await GuardedServer.with { server in
            for route in GuardedRoute.all {
                for request in route.requests {
                    for caller in Caller.allCases {
                        let answer = try await server.get(request, from: caller)
                        let told = "\(caller) \(request): \(answer.status) \(answer.body.prefix(2_000))"
                        #expect(answer.status.code == route.status(for: caller), "\(told)")
                        if caller == .nobody || caller == .user {
                            #expect(!GuardedServer.tellsOfTheOther(answer.body, request: request), "\(told)")
                        }
                        if caller == .nobody { #expect(!answer.body.contains("mine"), "\(told)") }
                        if answer.status == .unauthorized {
                            #expect(answer.headers[.wwwAuthenticate] == #"Bearer realm="daybook""#)
                            #expect(answer.error == "401 missing_token -")
                        }
                    }
                }
            }
        }
    }

    /// What is not walked is not tested.
    @Test("The walk has every route, and there is no method but GET")
    func walkIsComplete() async throws {
        try await ServerFixture.with { fixture in
            let routes = fixture.routes.router.routes
            #expect(Set(routes.map { "\($0.path)" }) == Set(GuardedRoute.all.map(\.path)))
            #expect(routes.allSatisfy { $0.method == .get })
        }
    }

    @Test("A user has other users' numbers kept away, and an operator has them: the marks are there to be seen")
    func marks() async throws {
        try await GuardedServer.with { server in
            for route in GuardedRoute.all where route.path.hasPrefix("/api/rollups/") {
                let request = route.requests[0]
                let answer = try await server.get(request, from: .operator)
                // The summary of sites has a count alone.
                let isBare = request.contains("visits_daily") && !request.contains("values")
                #expect(isBare || GuardedServer.tellsOfTheOther(answer.body), "\(request): \(answer.body)")
            }
        }
    }

    @Test("With tokens, the pages have no numbers and are the same for everyone")
    func pages() async throws {
        try await GuardedServer.with { server in
            for path in ["/", "/ops"] {
                let bare = try await server.get(path, from: .nobody).body
                #expect(!bare.contains("data-rollup"))
                #expect(!bare.contains("class=\"value\""))
                #expect(!bare.contains("<dt>"))
                for caller in Caller.allCases {
                    #expect(try await server.get(path, from: caller).body == bare, "\(path) \(caller)")
                }
            }
        }
    }

    @Test("HEAD is answered as GET is, without a body", arguments: Caller.allCases)
    func head(caller: Caller) async throws {
        try await GuardedServer.with { server in
            for request in GuardedRoute.all.flatMap(\.requests) {
                let get = try await server.get(request, from: caller)
                let head = try await server.get(request, from: caller, method: .head)
                #expect(head.status == get.status, "\(request)")
                #expect(head.headers[.contentType] == get.headers[.contentType], "\(request)")
                #expect(head.body == "", "\(request)")
            }
            // A stream that is not read takes no place.
            #expect(server.fixture.routes.hub.subscriberCount == 0)
        }
    }

    @Test("Other methods are refused on every path", arguments: ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "BREW"])
    func methods(name: String) async throws {
        let method = try #require(HTTPRequest.Method(rawValue: name))
        try await GuardedServer.with { server in
            for request in GuardedRoute.all.flatMap(\.requests) {
                let answer = try await server.get(request, from: .operator, method: method)
                #expect(answer.error == "405 method_not_allowed -", "\(name) \(request)")
                #expect(answer.headers[.allow] == "GET, HEAD")
            }
        }
    }
}
