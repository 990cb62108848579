import Daybook
import HTTPTypes
import Hummingbird
import NIOCore
import PostgresClient

/// `/api/stream`: the rows that change, as server-sent events.
struct StreamRoute: Sendable {
    static let parameters = ["rollup", "state", "from", "to"]

    let hub: StreamHub
    let model: ReadModel

    func add(to router: RouterGroup<ServerContext>) {
        router.get("stream") { try await stream($0, $1) }
    }

    private func stream(_ request: Request, _ context: ServerContext) async throws -> Response {
        var parameters = try QueryParameters(request.uri.query)
        let isFull = try parameters.take("state", oneOf: ["none", "full"]) == "full"
        let range = try DayRange(&parameters)
        let served = try await rollups(&parameters, context.viewer)
        let filter = try await filter(served, &parameters, range, context.viewer)
        let seat = try hub.subscribe(filter, lastEventID: request.headers[Self.lastEventID])
        // A session that has nothing to write would not notice.
        context.channel?.closeFuture.whenComplete { [hub, id = seat.id] _ in hub.end(id) }
        let session = StreamSession(seat: seat, served: served, range: range, isFull: isFull)
        return Response(
            status: .ok,
            headers: [
                .contentType: "text/event-stream; charset=utf-8", .cacheControl: "no-store",
                Self.buffering: "no",
            ],
            body: ResponseBody(writing: { try await session.run($0) })
        )
    }

    /// The rollups that are asked for; all that the viewer may see when none is named.
    private func rollups(_ parameters: inout QueryParameters, _ viewer: Viewer) async throws -> [ServedRollup] {
        guard let names = parameters.take("rollup") else {
            let all = try await model.catalog.rollups(model.pool)
            guard case .user = viewer else { return all }
            return all.filter { $0.rollup.dimensions.contains { $0.name == Viewer.userDimension } }
        }
        var served: [ServedRollup] = []
        for name in Set(names.split(separator: ",", omittingEmptySubsequences: false)).sorted() {
            served.append(try await model.catalog.rollup(named: String(name), model.pool))
        }
        return served
    }

    private func filter(
        _ served: [ServedRollup], _ parameters: inout QueryParameters, _ range: DayRange, _ viewer: Viewer
    ) async throws -> StreamFilter {
        var filter = StreamFilter(rollups: [:], days: range.bounds)
        var left = parameters
        for served in served {
            var own = parameters
            let requested = try served.rollup.takeFilters(&own)
            // A filter that one of the rollups does not know would let all of its rows through.
            try own.requireNoneLeft(known: Self.parameters, dimensions: served.rollup.dimensions.map(\.name))
            filter.rollups[served.rollup.name] = StreamFilter.Part(
                rollup: served.rollup, filters: try await model.filters(requested, of: served, for: viewer)
            )
            left = own
        }
        try left.requireNoneLeft(known: Self.parameters, dimensions: [])
        return filter
    }

    private static let lastEventID = HTTPField.Name("Last-Event-ID")!
    private static let buffering = HTTPField.Name("X-Accel-Buffering")!
}

extension DayRange {
    /// The days that a stream is limited to; nil when the request says nothing of days.
    fileprivate var bounds: ClosedRange<PostgresDate>? {
        guard from != nil || to != nil else { return nil }
        return (from ?? .minusInfinity)...(to ?? .infinity)
    }
}
