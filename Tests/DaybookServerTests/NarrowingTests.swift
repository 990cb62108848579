import Foundation
import HTTPTypes
import Testing

@testable import Daybook
@testable import DaybookServer

/// What users see of each other: nothing.
struct NarrowingTests {
    private static let range = "from=2026-01-01&to=2026-01-05"
    /// Every route about one rollup that users may ask.
    private static let routes = ["", "/summary", "/series", "/top", "/breakdown"]

    private static func filled(_ body: (ServerFixture) async throws -> Void) async throws {
        try await ServerFixture.with { fixture in
            try await fixture.run(
                """
                INSERT INTO sales (user_id, shop, at, cents, kind) VALUES
                    (1, 'mine', '2026-01-02 10:00+00', 100, 'mine'),
                    (2, 'secret', '2026-01-03 10:00+00', 4242, 'secret'), (2, NULL, '2026-01-03 10:00+00', 4242, 'secret')
                """
            )
            try await fixture.withEngine { engine in
                // Some of it in memory.
                try await fixture.run(
                    "INSERT INTO sales (user_id, shop, at, cents, kind) VALUES (2, 'secret', '2026-01-04', 4242, 'secret')"
                )
                try await fixture.counted(by: engine)
                try await body(fixture)
            }
        }
    }

    private func tellsOfOthers(_ body: String) -> Bool {
        ["secret", "4242", "8484", "12826", "\"user_id\":2"].contains { body.contains($0) }
    }

    @Test("A user's token sees that user's rows on every route, whatever the request says")
    func routes() async throws {
        try await Self.filled { fixture in
            for route in Self.routes {
                let path = "/api/rollups/sales_daily\(route)?\(Self.range)"
                let own = try await fixture.get(path, as: .user("1"))
                #expect(own.status == .ok, "\(path): \(own.body)")
                #expect(!tellsOfOthers(own.body), "\(path): \(own.body)")
                #expect(try await fixture.get(path + "&user_id=1", as: .user("1")).status == .ok)
                let all = try await fixture.get(path)
                #expect(tellsOfOthers(all.body), "\(path): \(all.body)")
                for foreign in ["user_id=2", "user_id.null=true", "user_id=-1", "user_id=%2B2"] {
                    let refused = try await fixture.get("\(path)&\(foreign)", as: .user("1"))
                    #expect([400, 403].contains(refused.status.code), "\(path)&\(foreign): \(refused.body)")
                    #expect(!tellsOfOthers(refused.body))
                }
                for subject in ["", "abc", "1 ", "99999999999", "1 or 1=1"] {
                    #expect(try await fixture.get(path, as: .user(subject)).status == .forbidden, "\(subject)")
                }
                #expect(
                    try await fixture.get("/api/rollups/visits_daily\(route)", as: .user("1")).status == .forbidden
                        || route == "/breakdown")
            }
            let csv = try await fixture.get("/api/rollups/sales_daily?\(Self.range)&format=csv", as: .user("1"))
            #expect(
                csv.body == "day,user_id,shop,sales,cents,kinds,cents_each,share\r\n"
                    + "2026-01-02,1,mine,1,100,\"[{\"\"kind\"\": \"\"mine\"\", \"\"count\"\": 1}]\",100.00,1.00\r\n")
        }
    }

    @Test("Lists of values are an operator's, and the list of rollups says nothing of other users' days")
    func lists() async throws {
        try await Self.filled { fixture in
            let values = "/api/rollups/sales_daily/values?dimension=shop"
            #expect(try await fixture.get(values, as: .user("1")).status == .forbidden)
            #expect(try await fixture.get(values).status == .ok)
            let list = try await fixture.get("/api/rollups", as: .user("1")).body
            #expect(list.contains(#""first_day":"2026-01-02","last_day":"2026-01-02""#))
            #expect(!list.contains("visits_daily"))
            #expect(try await fixture.get("/api/rollups").body.contains(#""last_day":"2026-01-04""#))
        }
    }

    @Test("The page behind another user's page is one's own")
    func paging() async throws {
        try await Self.filled { fixture in
            let path = "/api/rollups/sales_daily?\(Self.range)&limit=1"
            let next = try #require(try await fixture.get(path).json["next"] as? String)
            let page = try await fixture.get("\(path)&after=\(next)", as: .user("1"))
            #expect(page.status == .ok)
            #expect(!tellsOfOthers(page.body))
        }
    }

    @Test("The stream tells a user of that user's rows, also what was missed")
    func stream() async throws {
        try await Self.filled { fixture in
            for path in ["", "&rollup=sales_daily", "&rollup=sales_daily&user_id=1"] {
                let client = StreamClient(fixture, "/api/stream?state=full&\(Self.range)\(path)", as: .user("1"))
                try await client.connected { client in
                    try await eventually("the state is there") { client.model.isSettled }
                    #expect(client.model.rows.count == 1)
                    #expect(!tellsOfOthers(client.received))
                }
            }
            for path in ["rollup=visits_daily", "rollup=sales_daily,visits_daily", "user_id=2", "user_id.null=true"] {
                let refused = try await fixture.get("/api/stream?\(path)", as: .user("1"))
                #expect([400, 403].contains(refused.status.code), "\(path): \(refused.body)")
            }
        }
    }
}
