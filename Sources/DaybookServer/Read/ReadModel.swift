import Daybook
import PostgresClient

/// Answers questions about rollups, each at one state of the database and of memory.
struct ReadModel: Sendable {
    let pool: ReadPool
    let catalog: RollupCatalog
    let live: LiveRows
    let observatory: EngineObservatory

    init(
        pool: ReadPool, catalog: RollupCatalog, live: LiveRows, observatory: EngineObservatory
    ) {
        self.pool = pool
        self.catalog = catalog
        self.live = live
        self.observatory = observatory
    }

    /// The same over other connections.
    func over(_ pool: ReadPool) -> ReadModel {
        ReadModel(pool: pool, catalog: catalog, live: live, observatory: observatory)
    }

    /// Runs `body` at one state: memory as it is now, and a snapshot of the database that is not older.
    ///
    /// Memory is looked at first. Whatever was flushed since is in the snapshot, whose flush number tells so.
    func read<Result: Sendable>(
        _ served: ServedRollup, _ body: (Reading) async throws -> Result
    ) async throws -> Result {
        // Before memory, which then has at least what was counted here.
        let counted = observatory.current.cursor
        let overlay = live.overlay
        return try await pool.withConnection { connection in
            try await connection.withTransaction(.repeatableReadReadOnly) { connection in
                let reading = try await Reading(served, overlay: overlay, counted: counted, on: connection)
                guard reading.moment.rollupID == served.id else {
                    catalog.forget()
                    throw APIError.unavailable(
                        "definition_changed", "The rollup has just been defined anew. Try again.")
                }
                return try await body(reading)
            }
        }
    }

    /// The filters of a request in canonical text, narrowed to what the viewer may see.
    func filters(
        _ requested: [RequestedFilter], of served: ServedRollup, for viewer: Viewer
    ) async throws -> [DimensionFilter] {
        var subject: String?
        if case .user(let name) = viewer,
            let dimension = served.rollup.dimensions.first(where: { $0.name == Viewer.userDimension })
        {
            subject = try? await canonical(name, of: dimension)
        }
        // What cannot be seen is refused before any value is looked at.
        _ = try viewer.narrow([], of: served.rollup, subject: subject)
        var filters: [DimensionFilter] = []
        for filter in requested {
            filters.append(
                DimensionFilter(
                    dimension: filter.dimension,
                    value: try await filter.value.mapAsync { try await canonical($0, of: filter.dimension) }
                )
            )
        }
        return try viewer.narrow(filters, of: served.rollup, subject: subject)
    }

    /// A value as Postgres would print it.
    /// - Throws: 400 for what is no value of the dimension's type.
    private func canonical(_ text: String, of dimension: Rollup.Dimension) async throws -> String {
        if dimension.isText { return text }
        let refusal = APIError.bad(
            "invalid_value", "\(dimension.name) has to be a value of type \(dimension.type).", parameter: dimension.name
        )
        if let range = dimension.integerRange {
            guard let number = Int64(text), range.contains(number) else { throw refusal }
            return String(number)
        }
        return try await pool.withConnection { connection in
            do {
                return try await connection.query(
                    "SELECT ($1::text)::\(dimension.type)::text", [text]
                )[0].decode(String.self)
            } catch let error as PostgresError where error.sqlState?.hasPrefix("22") == true {
                throw refusal
            }
        }
    }
}

/// What a request says of a dimension.
struct RequestedFilter: Sendable {
    let dimension: Rollup.Dimension
    /// As sent; nil for null.
    let value: String?
}

extension Optional where Wrapped: Sendable {
    fileprivate func mapAsync<Result>(_ body: (Wrapped) async throws -> Result) async rethrows -> Result? {
        if let self { try await body(self) } else { nil }
    }
}
