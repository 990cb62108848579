public import PostgresClient

/// Answers `daybook explain`. Reads only, and needs no daemon.
public struct Explainer: Sendable {
    /// The most rows, events and amendments that are listed of each kind.
    public static let listed = 20

    private let connection: PostgresConnection

    public init(on connection: PostgresConnection) {
        self.connection = connection
    }

    /// - Parameter key: a value for each dimension, by name; nil for null.
    /// - Throws: ``ExplanationError`` for a rollup, a dimension or a value that there is not, ``FeedError`` when the
    ///   definitions are not what is installed.
    public func explain(
        _ name: String, day: PostgresDate, key: [String: String?], definitions: LoadedDefinitions
    ) async throws -> Explanation {
        let matched = try await InstalledRollup.match(definitions, on: connection)
        guard let (rollup, installed) = matched.first(where: { $0.rollup.name == name }) else {
            throw ExplanationError(
                description:
                    "There is no rollup \(name). There are: \(matched.map(\.rollup.name).joined(separator: ", "))."
            )
        }
        try Self.check(key, against: rollup)
        return try await connection.withTransaction(.repeatableReadReadOnly) { connection in
            for (name, value) in FeedSchema.fixedSettings + [("row_security", "off")] {
                try await connection.query("SELECT set_config($1::text, $2::text, true)", [name, value])
            }
            let values = try await canonical(key, of: rollup)
            return try await explain(
                ExplainQuery(rollup, id: installed.id, day: day, key: values), state: installed.state)
        }
    }

    private static func check(_ key: [String: String?], against rollup: Rollup) throws {
        let names = rollup.dimensions.map(\.name)
        if let unknown = key.keys.sorted().first(where: { !names.contains($0) }) {
            throw ExplanationError(
                description: "\(rollup.name) has no dimension \(unknown). It has: \(names.joined(separator: ", ")).")
        }
        let missing = names.filter { key[$0] == nil }
        guard missing.isEmpty else {
            throw ExplanationError(
                description:
                    "A row of \(rollup.name) is named by all its dimensions. Give a value for \(missing.joined(separator: ", ")) too, as \(missing[0])=VALUE."
            )
        }
    }

    /// The values as Postgres prints them.
    private func canonical(_ key: [String: String?], of rollup: Rollup) async throws -> [String?] {
        var values: [String?] = []
        for dimension in rollup.dimensions {
            guard let text = key[dimension.name] ?? nil else {
                values.append(nil)
                continue
            }
            do {
                let row = try await connection.query("SELECT ($1::text)::\(dimension.type)::text", [text])[0]
                values.append(try row.decode(String.self))
            } catch let error as PostgresError where error.sqlState?.hasPrefix("22") == true {
                throw ExplanationError(description: "\(dimension.name) has to be a value of type \(dimension.type).")
            }
        }
        return values
    }

    private func explain(
        _ query: ExplainQuery, state: InstalledRollup.BuildState
    ) async throws -> Explanation {
        let rollup = query.rollup
        let cursor = try await Cursor.read(on: connection)
        let row = try await connection.query(query.row, query.rowParameters).first
        let measured = try await connection.query(query.sourcesSay, query.sourceParameters).first
        let facts = try await connection.query(query.facts, query.logParameters)[0]
        let (isThinned, isUnbuilt, parked) = try facts.decode(Bool.self, Bool.self, String?.self)
        var explanation = Explanation(
            rollup: rollup.name, day: query.day,
            key: zip(rollup.dimensions, query.key).map { ($0.name, $1) },
            row: try row?.decode(String.self), sourcesSay: try measured?.decode(String.self), isEqual: nil, sources: [],
            events: [], seal: nil, amendments: [], parked: parked, isThinned: isThinned,
            isBuilt: state != .unplanned && !isUnbuilt
        )
        if !isThinned, explanation.isBuilt, parked == nil {
            explanation.isEqual = try await isEqual(query, cursor)
        }
        for index in rollup.events.indices { explanation.sources.append(try await source(index, query)) }
        explanation.events = try await connection.query(
            query.events, query.logParameters + [cursor.position, Self.listed]
        ).map { row in
            let (at, transaction, count, changes, flushed) = try row.decode(
                PostgresTimestamp.self, PostgresTransactionID.self, Int64.self, String.self, Bool.self
            )
            return Explanation.Event(
                loggedAt: at, transaction: transaction, count: count, changes: changes, isFlushed: flushed)
        }
        try await addHistory(to: &explanation, query)
        return explanation
    }

    /// Whether the audit's own comparison finds nothing in the key.
    private func isEqual(_ query: ExplainQuery, _ cursor: Cursor) async throws -> Bool {
        let audit = AuditQuery(query.rollup, id: query.rollupID)
        let bounds: [any PostgresEncodable] = [
            query.day, query.day, [query.day], cursor.position.xmax, cursor.position.inProgress,
            Array(Int32(0)..<Int32(BucketTotals.buckets)), query.key,
        ]
        let found = try await connection.query(
            "SELECT FROM (\(audit.differences)) AS d WHERE d.key = $7::text[]", bounds)
        return found.isEmpty
    }

    private func source(_ index: Int, _ query: ExplainQuery) async throws -> Explanation.Source {
        let event = query.rollup.events[index]
        let primaryKey = try await connection.query(
            """
            SELECT a.attname::text FROM pg_index AS i JOIN pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey)
            WHERE i.indrelid = $1::oid AND i.indisprimary ORDER BY array_position(i.indkey::int2[], a.attnum)
            """,
            [event.source.oid]
        ).map { try $0.decode(String.self) }
        let rows = try await connection.query(
            query.sourceRows(of: index, primaryKey: primaryKey), query.sourceParameters + [Self.listed]
        )
        return Explanation.Source(
            table: event.source.table.description, event: event.name,
            rows: try rows.first?.decode(Int.self, at: 1) ?? 0,
            latest: try rows.map { try $0.decode(String.self, at: 0) }
        )
    }

    private func addHistory(to explanation: inout Explanation, _ query: ExplainQuery) async throws {
        if let row = try await connection.query(ExplainQuery.seal, [query.rollupID, query.day]).first {
            let (revision, state, verified, at) = try row.decode(
                Int.self, String.self, Bool.self, PostgresTimestamp.self
            )
            explanation.seal = .init(revision: revision, state: state, isVerified: verified, sealedAt: at)
        }
        explanation.amendments = try await connection.query(
            ExplainQuery.amendments, query.logParameters + [Self.listed]
        ).map { row in
            let (revision, at, cause, before, after) = try row.decode(
                Int.self, PostgresTimestamp.self, String.self, String?.self, String?.self
            )
            return .init(revision: revision, amendedAt: at, cause: cause, before: before, after: after)
        }
    }
}
