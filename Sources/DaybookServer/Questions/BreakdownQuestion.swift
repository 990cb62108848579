import Daybook
import PostgresClient

/// How a count divides by label.
struct BreakdownQuestion: RollupQuestion {
    static let parameters = ["measure", "limit"]

    let measure: String
    let label: String
    let limit: Int

    init(_ parameters: inout QueryParameters, _ served: ServedRollup) throws(APIError) {
        let breakdowns = served.breakdowns
        let name = parameters.take("measure")
        guard let first = breakdowns.first else {
            throw .bad(
                "unknown_measure", "The rollup \(served.rollup.name) has no measure that counts by a label.",
                parameter: "measure")
        }
        guard let found = name == nil ? first : breakdowns.first(where: { $0.measure.name == name }) else {
            throw .bad(
                "unknown_measure",
                "measure has to be one that counts by a label: \(breakdowns.map(\.measure.name).joined(separator: ", ")).",
                parameter: "measure")
        }
        (measure, label) = (found.measure.name, found.label)
        limit = try parameters.take("limit", in: 1...1000, default: 100)
    }

    func answer(
        _ reading: Reading, days: ClosedRange<PostgresDate>, filters: [DimensionFilter]
    ) async throws -> [(String, JSONValue)] {
        let column = "r.\(measure.quotedIdentifier)"
        let rows = try await reading.query(days: days, filters: filters) { parameters in
            """
            , counts AS (
                SELECT x ->> \(parameters.add(label))::text AS label, sum((x ->> 'count')::numeric) AS count
                FROM merged AS r
                CROSS JOIN LATERAL jsonb_array_elements(
                    CASE jsonb_typeof(\(column)) WHEN 'array' THEN \(column) END
                ) AS x
                GROUP BY 1
            ), shares AS (
                SELECT label, count, round(count / nullif(sum(count) OVER (), 0), 6) AS share FROM counts
            )
            SELECT row_to_json(s)::text FROM shares AS s
            ORDER BY s.count DESC, s.label COLLATE "C" NULLS LAST LIMIT \(parameters.add(limit))
            """
        }
        return [
            ("measure", .string(measure)), ("label", .string(label)),
            ("breakdown", .array(try rows.map { .raw(try $0.decode(String.self)) })),
        ]
    }
}
