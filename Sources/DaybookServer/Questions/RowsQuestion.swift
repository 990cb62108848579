import Daybook
import Foundation
import PostgresClient

/// Rows as they are, page by page or as a file.
struct RowsQuestion: RollupQuestion {
    static let parameters = ["sort", "limit", "after", "format"]
    static let largestPage = 1000

    enum Format: Sendable, Hashable { case json, csv }

    let format: Format
    /// Nil for all rows, in a file.
    let limit: Int?
    let order: RowOrder
    let after: [String?]?

    init(_ parameters: inout QueryParameters, _ served: ServedRollup) throws(APIError) {
        format = try parameters.take("format", oneOf: ["json", "csv"]) == "csv" ? .csv : .json
        let order = try RowOrder(parameters.take("sort"), of: served)
        self.order = order
        if format == .csv {
            let limit = try parameters.take("limit", in: 0...Int(Int32.max), default: 0)
            self.limit = limit == 0 ? nil : limit
            guard parameters.take("after") == nil else {
                throw .bad("invalid_after", "A file has no pages. Leave after out.", parameter: "after")
            }
            after = nil
        } else {
            limit = try parameters.take("limit", in: 1...Self.largestPage, default: 100)
            after = try parameters.take("after").map { (text) throws(APIError) in try order.position(text) }
        }
    }

    func answer(
        _ reading: Reading, days: ClosedRange<PostgresDate>, filters: [DimensionFilter]
    ) async throws -> [(String, JSONValue)] {
        let limit = limit ?? Self.largestPage
        let columns = reading.served.columns.map { "r.\($0.quotedIdentifier)" }.commaSeparated
        let rows: PostgresResult
        do {
            rows = try await reading.query(days: days, filters: filters) { parameters in
                """
                SELECT (SELECT row_to_json(j)::text FROM (SELECT \(columns)) AS j), \(order.key)
                FROM merged AS r \(after.map { "WHERE \(order.isBehind($0, &parameters))" } ?? "")
                ORDER BY \(order.sql) LIMIT \(parameters.add(limit + 1))
                """
            }
        } catch let error as PostgresError where after != nil && error.sqlState?.hasPrefix("22") == true {
            throw RowOrder.invalidPosition
        }
        let page = rows.prefix(limit)
        let next = rows.count > limit ? try page.last.map { try order.token($0.decode([String?].self, at: 1)) } : nil
        return [
            ("rows", .array(try page.map { .raw(try $0.decode(String.self)) })), ("next", .string(next)),
        ]
    }
}
