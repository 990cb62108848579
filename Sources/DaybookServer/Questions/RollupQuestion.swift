import Daybook
import PostgresClient

/// One kind of question about a rollup: what it takes from the query, and how it is answered at one state.
protocol RollupQuestion: Sendable {
    /// Parameters besides the range and the dimensions.
    static var parameters: [String] { get }

    /// - Throws: 400 for parameters that make no sense for the rollup.
    init(_ parameters: inout QueryParameters, _ served: ServedRollup) throws(APIError)

    /// The members of the answer between the range and the freshness.
    func answer(
        _ reading: Reading, days: ClosedRange<PostgresDate>, filters: [DimensionFilter]
    ) async throws -> [(String, JSONValue)]
}

/// A question with the rows that it is about.
struct RollupRequest<Question: RollupQuestion>: Sendable {
    let question: Question
    let range: DayRange
    let filters: [RequestedFilter]

    /// - Throws: 400 for anything in the query that is unknown or wrong.
    init(_ query: String?, of served: ServedRollup) throws(APIError) {
        var parameters = try QueryParameters(query)
        question = try Question(&parameters, served)
        range = try DayRange(&parameters)
        filters = try served.rollup.takeFilters(&parameters)
        try parameters.requireNoneLeft(
            known: ["from", "to"] + Question.parameters, dimensions: served.rollup.dimensions.map(\.name)
        )
    }
}

extension Rollup {
    /// Takes `<dimension>=value` and `<dimension>.null=true`.
    func takeFilters(_ parameters: inout QueryParameters) throws(APIError) -> [RequestedFilter] {
        var filters: [RequestedFilter] = []
        for dimension in dimensions {
            let value = parameters.take(dimension.name)
            let null = try parameters.take("\(dimension.name).null", oneOf: ["true"])
            if let value { filters.append(RequestedFilter(dimension: dimension, value: value)) }
            guard null != nil else { continue }
            guard value == nil else {
                throw .bad(
                    "invalid_value", "\(dimension.name) cannot have a value and be null. Give one of the two.",
                    parameter: "\(dimension.name).null")
            }
            filters.append(RequestedFilter(dimension: dimension, value: nil))
        }
        return filters
    }
}

extension ServedRollup {
    /// The name of a measure or derived column that the request gives as `measure`.
    func takeNumber(_ parameters: inout QueryParameters, default: String) throws(APIError) -> String {
        let names = totals.map(\.name) + rollup.derived.map(\.name)
        guard let name = parameters.take("measure") else { return `default` }
        guard names.contains(name) else {
            throw .bad(
                "unknown_measure", "measure has to be one of \(names.joined(separator: ", ")).", parameter: "measure")
        }
        return name
    }
}
