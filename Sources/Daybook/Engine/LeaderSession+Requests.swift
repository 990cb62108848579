import Logging
import PostgresClient

/// What commands ask for.
extension LeaderSession {
    /// Takes on the next request.
    func beginRequest() async throws {
        guard let next = try await Request.next(on: connection) else { return }
        logger.info("request taken on", metadata: ["id": "\(next.id)", "kind": "\(next.kind.rawValue)"])
        switch next.kind {
        case .repair: repair = Repair(.request(next))
        case .backfill: backfill = Backfill(request: next)
        case .restore: restoring = next
        }
    }

    /// A back-fill turns days into days not yet built; building them is what the engine does anyway.
    func continueBackfill(in turn: inout Turn) async throws {
        guard var current = backfill else { return }
        turn.mustFlush = true
        guard let total = current.total else {
            if let refusal = try await thinnedDays(in: current.request.range) {
                try await current.request.finish(failure: refusal, on: connection)
                backfill = nil
                return
            }
            var total = 0
            for index in rollups.indices { total += try await unbuild(current.request.range, of: index) }
            current.total = total
            try await current.request.report(daysDone: 0, daysTotal: total, rows: 0, on: connection)
            backfill = current
            return
        }
        let left = rollups.reduce(0) { $0 + $1.unbuilt.count }
        try await current.request.report(
            daysDone: max(0, total - left), daysTotal: total, rows: current.rows, on: connection
        )
        if left == 0 {
            try await current.request.finish(
                result: "{\"days\": \(total), \"rows\": \(current.rows)}", on: connection
            )
            backfill = nil
        }
    }

    /// Marks the range's days, of either side, as not built.
    private func unbuild(_ range: ClosedRange<PostgresDate>?, of index: Int) async throws -> Int {
        let memory = rollups[index]
        let bounds: [any PostgresEncodable] = range.map { [$0.lowerBound, $0.upperBound] } ?? []
        let rows = try await SessionSettings.readingSources(on: connection) {
            try await connection.query(
                """
                INSERT INTO daybook.unbuilt (rollup, day, source_rows)
                SELECT \(memory.id), q.* FROM (\(AuditDays.query(memory.source, in: range))) AS q
                ON CONFLICT DO NOTHING RETURNING day
                """,
                bounds
            )
        }
        let days = try rows.map { try $0.decode(PostgresDate.self) }
        guard !days.isEmpty else { return 0 }
        try await connection.query("UPDATE daybook.rollups SET state = 'building' WHERE id = \(memory.id)")
        rollups[index].state = .building
        rollups[index].unbuilt.formUnion(days)
        return days.count
    }

    /// Why days of the range cannot be computed again, or nil.
    private func thinnedDays(in range: ClosedRange<PostgresDate>?) async throws -> String? {
        let rows = try await connection.query(
            """
            SELECT r.name, count(DISTINCT t.day), min(t.day), max(t.day) FROM daybook.thinned AS t JOIN daybook.rollups AS r ON r.id = t.rollup
            WHERE $1::date IS NULL OR t.day BETWEEN $1::date AND $2::date GROUP BY r.name ORDER BY r.name
            """,
            [range?.lowerBound, range?.upperBound]
        )
        guard let row = rows.first else { return nil }
        let (name, count, first, last) = try row.decode(String.self, Int.self, PostgresDate.self, PostgresDate.self)
        return """
            \(count) days of \(name) between \(first) and \(last) have lost source rows on purpose (retention), and would \
            be wrong if computed again. Choose a range without them; their rows stay as they are, and \
            `daybook snapshot restore DAY` puts a sealed day back as it was.
            """
    }
}

/// A back-fill under way.
struct Backfill {
    let request: Request
    /// Days to be built, once known.
    var total: Int?
    var rows = 0
}
