import Daybook
import Foundation
import Hummingbird
import Logging
import PostgresClient

/// `/api/rollups` and everything below.
struct RollupRoutes: Sendable {
    let model: ReadModel
    /// Connections for files, which take their time.
    let exports: ReadPool
    /// Tells this process' states from those of any other.
    let boot: String
    let logger: Logger

    func add(to router: RouterGroup<ServerContext>) {
        router.get("rollups") { try await list($0, $1) }
        router.get("rollups/{rollup}") { try await rows($0, $1) }
        router.get("rollups/{rollup}/summary") { try await answer(SummaryQuestion.self, $0, $1) }
        router.get("rollups/{rollup}/series") { try await answer(SeriesQuestion.self, $0, $1) }
        router.get("rollups/{rollup}/top") { try await answer(TopQuestion.self, $0, $1) }
        router.get("rollups/{rollup}/breakdown") { try await answer(BreakdownQuestion.self, $0, $1) }
        router.get("rollups/{rollup}/values") { try await values($0, $1) }
    }

    /// The rollup that the path names.
    private func served(_ context: ServerContext) async throws -> ServedRollup {
        guard let name = context.parameters.get("rollup")?.removingPercentEncoding else {
            throw APIError(.notFound, "unknown_rollup", "The path names no rollup. /api/rollups lists them.")
        }
        return try await model.catalog.rollup(named: name, model.pool)
    }

    private func answer<Question: RollupQuestion>(
        _ question: Question.Type, _ request: Request, _ context: ServerContext
    ) async throws -> Response {
        let served = try await served(context)
        return try await answer(RollupRequest<Question>(request.uri.query, of: served), served, request, context)
    }

    private func answer<Question: RollupQuestion>(
        _ asked: RollupRequest<Question>, _ served: ServedRollup, _ request: Request, _ context: ServerContext
    ) async throws -> Response {
        let filters = try await model.filters(asked.filters, of: served, for: context.viewer)
        return try await model.read(served) { reading in
            let days = try asked.range.resolved(today: reading.moment.today)
            // A day's state changes without a flush: a gap that opens, a seal.
            let states = try await reading.states(of: days)
            let etag = etag(of: reading, states, request, context)
            if request.has(etag) { return JSONAnswer.notModified(etag) }
            let members = try await asked.question.answer(reading, days: days, filters: filters)
            let head: [(String, JSONValue)] = [
                ("rollup", .string(served.rollup.name)), ("from", .day(days.lowerBound)), ("to", .day(days.upperBound)),
            ]
            let freshness = try await reading.freshness(days: days, states: states)
            return JSONAnswer(body: .object(head + members + [("freshness", freshness)]), etag: etag).response
        }
    }

    private func rows(_ request: Request, _ context: ServerContext) async throws -> Response {
        let served = try await served(context)
        let asked = try RollupRequest<RowsQuestion>(request.uri.query, of: served)
        guard asked.question.format == .csv else { return try await answer(asked, served, request, context) }
        let filters = try await model.filters(asked.filters, of: served, for: context.viewer)
        let file = RowsFile(
            served: served, question: asked.question, range: asked.range, filters: filters, model: model.over(exports),
            logger: logger
        )
        return file.response
    }

    private func values(_ request: Request, _ context: ServerContext) async throws -> Response {
        try context.viewer.requireOperator()
        let served = try await served(context)
        let question = try ValuesQuestion(request.uri.query, of: served)
        let filters = try await model.filters([], of: served, for: context.viewer)
        return try await model.read(served) { reading in
            JSONAnswer(body: try await question.answer(reading, filters: filters)).response
        }
    }

    private func list(_ request: Request, _ context: ServerContext) async throws -> Response {
        try QueryParameters(request.uri.query).requireNoneLeft(known: [], dimensions: [])
        var rollups: [JSONValue] = []
        for served in try await model.catalog.rollups(model.pool) {
            // A user is shown what has something of a user's.
            guard let filters = try? await model.filters([], of: served, for: context.viewer) else { continue }
            rollups.append(try await model.read(served) { try await $0.description(filters) })
        }
        return JSONAnswer(body: .object([("rollups", .array(rollups))])).response
    }

    /// The same tag means the same state, the same question and the same viewer.
    private func etag(
        of reading: Reading, _ states: JSONValue, _ request: Request, _ context: ServerContext
    ) -> String {
        var hasher = Hasher()
        hasher.combine(states.text)
        hasher.combine(request.uri.path)
        hasher.combine(request.uri.query)
        hasher.combine(request.headers[.accept])
        hasher.combine(context.viewer)
        hasher.combine(reading.moment.today)
        let question = String(UInt(bitPattern: hasher.finalize()), radix: 36)
        return "W/\"\(boot)-\(reading.moment.flush)-\(reading.overlayVersion)-\(question)\""
    }
}

extension Reading {
    /// The definition, and the days that there are.
    fileprivate func description(_ filters: [DimensionFilter]) async throws -> JSONValue {
        let rollup = served.rollup
        let days = try await query(days: nil, filters: filters) { _ in "SELECT min(r.day), max(r.day) FROM merged AS r"
        }
        let (first, last) = try days[0].decode(PostgresDate?.self, PostgresDate?.self)
        return .object([
            ("name", .string(rollup.name)), ("title", .string(rollup.definition.title)),
            ("time_zone", .string(rollup.definition.timeZone)),
            (
                "dimensions",
                .array(
                    rollup.dimensions.map {
                        .object([
                            ("name", .string($0.name)), ("type", .string($0.type)), ("nullable", .bool($0.isNullable)),
                        ])
                    })
            ),
            ("measures", .array(rollup.measures.map(\.json))),
            (
                "derived",
                .array(rollup.derived.map { .object([("name", .string($0.name)), ("type", .string($0.type))]) })
            ),
            ("first_day", .day(first)), ("last_day", .day(last)),
        ])
    }
}

extension Rollup.Measure {
    private func value(_ kind: String) -> JSONValue {
        .object([("name", .string(name)), ("kind", .string(kind)), ("type", .string(type))])
    }

    fileprivate var json: JSONValue {
        switch kind {
        case .count: .object([("name", .string(name)), ("kind", .string("count"))])
        case .sum: .object([("name", .string(name)), ("kind", .string("sum"))])
        case .decimalSum(let format):
            .object([("name", .string(name)), ("kind", .string("sum")), ("type", .string("\(format)"))])
        case .min: value("min")
        case .max: value("max")
        case .first: value("first")
        case .last: value("last")
        case .distinct:
            .object([
                ("name", .string(name)), ("kind", .string("distinct")), ("exact_up_to", .integer(DistinctSet.limit)),
                ("standard_error", .raw("\(HyperLogLog.standardError)")),
            ])
        case .countBy(let label):
            .object([("name", .string(name)), ("kind", .string("count by")), ("label", .string(label))])
        }
    }
}
