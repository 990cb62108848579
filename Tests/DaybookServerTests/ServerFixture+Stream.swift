import Foundation
import PostgresClient
import Testing

@testable import Daybook
@testable import DaybookServer

extension ServerFixture {
    /// Has the stream work for the time of `body`, without a network.
    func withHub(_ body: () async throws -> Void) async throws {
        let hub = routes.hub
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await hub.run() }
            defer {
                hub.close()
                group.cancelAll()
            }
            try await body()
        }
    }

    /// The table of sales as a ``StreamModel`` has it, for the days that the stream's tests use.
    func streamedTable() async throws -> [String: String] {
        var rows: [String: String] = [:]
        for row in try await connection.query(
            """
            SELECT day::text, row_to_json(j)::text FROM sales_daily AS r
            CROSS JOIN LATERAL (SELECT r.user_id, r.shop, r.sales, r.cents, r.kinds, r.cents_each, r.share) AS j
            WHERE day BETWEEN '2026-01-01' AND '2026-01-09'
            """)
        {
            let (day, text) = try row.decode(String.self, String.self)
            let json = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
            let key = StreamModel.text(json.filter { ["user_id", "shop"].contains($0.key) })
            rows["sales_daily \(day) \(key)"] = StreamModel.text(json)
        }
        return rows
    }
}
