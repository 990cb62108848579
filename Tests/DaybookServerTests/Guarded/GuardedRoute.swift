@testable import DaybookServer

/// A route, requests for it, and who is answered.
struct GuardedRoute: Sendable {
    enum Audience: Sendable {
        /// Answered without a token, and then without anything of a row.
        case everyone
        /// Each user sees that user's rows.
        case users
        /// Of no user in particular.
        case operators
    }

    let path: String
    let audience: Audience
    var requests: [String]

    private static func sales(_ rest: String, _ more: [String] = []) -> GuardedRoute {
        let path = "/api/rollups/sales_daily\(rest)"
        return GuardedRoute(
            path: "/api/rollups/{rollup}\(rest)", audience: .users,
            requests: ["\(path)?\(GuardedServer.range)", path] + more.map { "\(path)?\(GuardedServer.range)&\($0)" }
        )
    }

    /// Every route that there is; a test compares this list with the router's.
    static let all: [GuardedRoute] = [
        .init(path: "/", audience: .everyone, requests: ["/", "/?range=30", "/?user=\(TokenDesk.otherUser)"]),
        .init(path: "/ops", audience: .everyone, requests: ["/ops"]),
        .init(
            path: "/assets/{name}", audience: .everyone, requests: ["/assets/dashboard.css", "/assets/dashboard.js"]),
        .init(path: "/api/health", audience: .everyone, requests: ["/api/health"]),
        .init(path: "/api/openapi.json", audience: .users, requests: ["/api/openapi.json"]),
        .init(path: "/api/rollups", audience: .users, requests: ["/api/rollups"]),
        sales("", ["sort=-cents", "limit=1", "format=csv", "shop.null=true"]),
        sales("/summary"), sales("/series"),
        sales("/top", ["by=user_id", "by=shop", "by=user_id,shop&measure=cents", "measure=cents_each"]),
        sales("/breakdown"),
        .init(
            path: "/api/rollups/{rollup}/values", audience: .operators,
            requests: [
                "/api/rollups/sales_daily/values?dimension=user_id", "/api/rollups/sales_daily/values?dimension=shop",
                "/api/rollups/visits_daily/values?dimension=site",
            ]
        ),
        // A rollup of nobody in particular.
        .init(
            path: "/api/rollups/{rollup}", audience: .operators,
            requests: ["", "/summary", "/series", "/top"].map { "/api/rollups/visits_daily\($0)" }
        ),
        .init(path: "/api/ops", audience: .operators, requests: ["/api/ops"]),
        .init(path: "/metrics", audience: .operators, requests: ["/metrics"]),
        .init(
            path: "/api/stream", audience: .users,
            requests: ["/api/stream", "/api/stream?state=full", "/api/stream?rollup=sales_daily"]),
        .init(path: "/api/stream", audience: .operators, requests: ["/api/stream?rollup=visits_daily"]),
    ]

    func status(for caller: Caller) -> Int {
        switch (audience, caller) {
        case (.everyone, _), (_, .operator), (.users, .user), (.users, .otherUser): 200
        case (.users, .nobody), (.operators, .nobody): 401
        case (.operators, .user), (.operators, .otherUser): 403
        }
    }
}
