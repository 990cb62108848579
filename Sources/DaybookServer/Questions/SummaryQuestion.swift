import Daybook
import PostgresClient

/// Totals of a range and of the same number of days before it.
struct SummaryQuestion: RollupQuestion {
    static let parameters: [String] = []

    init(_ parameters: inout QueryParameters, _ served: ServedRollup) {}

    func answer(
        _ reading: Reading, days: ClosedRange<PostgresDate>, filters: [DimensionFilter]
    ) async throws -> [(String, JSONValue)] {
        let before = days.lowerBound.advanced(by: -days.dayCount)...days.lowerBound.advanced(by: -1)
        let totals = Totals(reading.served)
        let all = totals.names.map(\.quotedIdentifier)
        let changes = totals.numbers.map { number in
            let name = number.quotedIdentifier
            return """
                CASE WHEN p.\(name) <> 0 THEN round((n.\(name) - p.\(name))::numeric / abs(p.\(name)::numeric), 6) END AS \(name)
                """
        }
        let period = "\"daybook is now\""
        let row = try await reading.query(days: before.lowerBound...days.upperBound, filters: filters) { parameters in
            """
            , sums AS (
                SELECT r.day >= \(parameters.add(days.lowerBound))::date AS \(period), \(totals.aggregates(of: "r").commaSeparated)
                FROM merged AS r GROUP BY 1
            ), filled AS (
                SELECT p.\(period), \(totals.columns(of: "s").commaSeparated)
                FROM (VALUES (true), (false)) AS p(\(period)) LEFT JOIN sums AS s ON s.\(period) = p.\(period)
            ), \(totals.relation("totals", keys: [period], from: "filled"))
            SELECT
                (SELECT row_to_json(j)::text FROM (SELECT \(all.map { "n.\($0)" }.commaSeparated)) AS j),
                (SELECT row_to_json(j)::text FROM (SELECT \(all.map { "p.\($0)" }.commaSeparated)) AS j),
                (SELECT row_to_json(j)::text FROM (SELECT \(changes.commaSeparated)) AS j)
            FROM totals AS n, totals AS p WHERE n.\(period) AND NOT p.\(period)
            """
        }[0]
        let (now, then, change) = try row.decode(String.self, String.self, String.self)
        return [
            ("totals", .raw(now)),
            (
                "previous",
                .object([("from", .day(before.lowerBound)), ("to", .day(before.upperBound)), ("totals", .raw(then))])
            ),
            ("change", .raw(change)),
        ]
    }
}
