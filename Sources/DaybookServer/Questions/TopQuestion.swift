import Daybook
import PostgresClient

/// The values of some dimensions that a measure is largest for.
struct TopQuestion: RollupQuestion {
    static let parameters = ["by", "measure", "limit"]

    let dimensions: [Rollup.Dimension]
    let measure: String
    let limit: Int

    init(_ parameters: inout QueryParameters, _ served: ServedRollup) throws(APIError) {
        let all = served.rollup.dimensions
        let names = parameters.take("by")?.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        var dimensions: [Rollup.Dimension] = []
        for name in names ?? all.map(\.name) {
            guard let dimension = all.first(where: { $0.name == name }), !dimensions.contains(dimension) else {
                throw .bad(
                    "unknown_dimension",
                    "by has to be a list of dimensions, each once, with commas: \(all.map(\.name).joined(separator: ",")).",
                    parameter: "by")
            }
            dimensions.append(dimension)
        }
        self.dimensions = dimensions
        measure = try served.takeNumber(&parameters, default: served.rollup.sums.first?.name ?? served.count.name)
        limit = try parameters.take("limit", in: 1...100, default: 10)
    }

    func answer(
        _ reading: Reading, days: ClosedRange<PostgresDate>, filters: [DimensionFilter]
    ) async throws -> [(String, JSONValue)] {
        let totals = Totals(reading.served)
        let keys = dimensions.map(\.name.quotedIdentifier)
        let rows = try await reading.query(days: days, filters: filters) { parameters in
            """
            , sums AS (
                SELECT \((keys.map { "r.\($0)" } + ["max(r.day) AS last_day"] + totals.aggregates(of: "r")).commaSeparated)
                FROM merged AS r GROUP BY \(keys.isEmpty ? "()" : keys.map { "r.\($0)" }.commaSeparated)
            ), \(totals.relation("totals", keys: keys + ["last_day"], from: "sums")), listed AS (
                SELECT \((keys + totals.names.map(\.quotedIdentifier) + ["last_day"]).commaSeparated) FROM totals
            )
            SELECT row_to_json(t)::text FROM listed AS t
            ORDER BY \((["t.\(measure.quotedIdentifier) DESC NULLS LAST"] + keys.map { "t.\($0)" }).commaSeparated)
            LIMIT \(parameters.add(limit))
            """
        }
        return [
            ("by", .array(dimensions.map { .string($0.name) })), ("measure", .string(measure)),
            ("rows", .array(try rows.map { .raw(try $0.decode(String.self)) })),
        ]
    }
}
