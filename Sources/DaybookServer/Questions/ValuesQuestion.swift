import Daybook
import PostgresClient

/// The values that a dimension has, for a picker.
struct ValuesQuestion: Sendable {
    static let parameters = ["dimension", "prefix", "limit"]

    let dimension: Rollup.Dimension
    let prefix: String
    let limit: Int

    init(_ query: String?, of served: ServedRollup) throws(APIError) {
        var parameters = try QueryParameters(query)
        let names = served.rollup.dimensions.map(\.name)
        let name = parameters.take("dimension")
        guard let dimension = served.rollup.dimensions.first(where: { $0.name == name }) else {
            throw .bad(
                "unknown_dimension", "dimension has to be one of \(names.joined(separator: ", ")).",
                parameter: "dimension")
        }
        self.dimension = dimension
        prefix = parameters.take("prefix") ?? ""
        limit = try parameters.take("limit", in: 1...1000, default: 50)
        try parameters.requireNoneLeft(known: Self.parameters, dimensions: [])
    }

    func answer(_ reading: Reading, filters: [DimensionFilter]) async throws -> JSONValue {
        let column = "r.\(dimension.name.quotedIdentifier)"
        let rows = try await reading.query(days: nil, filters: filters) { parameters in
            """
            SELECT to_json(v.value)::text
            FROM (
                SELECT DISTINCT \(column) AS value FROM merged AS r
                WHERE \(column) IS NOT NULL AND starts_with(\(column)::text, \(parameters.add(prefix))::text)
            ) AS v
            ORDER BY v.value LIMIT \(parameters.add(limit))
            """
        }
        return .object([
            ("rollup", .string(reading.served.rollup.name)), ("dimension", .string(dimension.name)),
            ("values", .array(try rows.map { .raw(try $0.decode(String.self)) })),
        ])
    }
}
