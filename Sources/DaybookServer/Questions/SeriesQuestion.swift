import Daybook
import PostgresClient

/// Totals of each day of a range, zeros where nothing was counted.
struct SeriesQuestion: RollupQuestion {
    static let parameters: [String] = []

    init(_ parameters: inout QueryParameters, _ served: ServedRollup) {}

    func answer(
        _ reading: Reading, days: ClosedRange<PostgresDate>, filters: [DimensionFilter]
    ) async throws -> [(String, JSONValue)] {
        let totals = Totals(reading.served)
        let rows = try await reading.query(days: days, filters: filters) { parameters in
            """
            , sums AS (
                SELECT r.day, \(totals.aggregates(of: "r").commaSeparated) FROM merged AS r GROUP BY r.day
            ), filled AS (
                SELECT d.day, \(totals.columns(of: "s").commaSeparated)
                FROM (
                    SELECT \(parameters.add(days.lowerBound))::date + i AS day
                    FROM generate_series(0, \(parameters.add(Int32(days.dayCount - 1)))::integer) AS i
                ) AS d LEFT JOIN sums AS s ON s.day = d.day
            ), \(totals.relation("totals", keys: ["day"], from: "filled"))
            SELECT row_to_json(t)::text FROM totals AS t ORDER BY t.day
            """
        }
        return [("series", .array(try rows.map { .raw(try $0.decode(String.self)) }))]
    }
}
