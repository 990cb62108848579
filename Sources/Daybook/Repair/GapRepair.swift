package import PostgresClient

/// The repair of the open gaps of one source, spread over as many turns as it takes.
///
/// First it takes the gaps on (committed, so that triggers record new ones from now on), then it compares every rollup of
/// the source with its sources, a bounded number of days in each turn, and replaces the keys that differ. Each comparison
/// is made at the snapshot of its own turn, which sees whatever the gaps stand for: their rows were written by the very
/// transactions whose events are missing.
package struct GapRepair: Sendable {
    package let source: String?
    package let gaps: [Int64]
    package let started = ContinuousClock.now
    /// Set where transactions may have kept silent because they saw too many open gaps: the comparison waits until all
    /// transactions of this snapshot have ended.
    package var awaited: PostgresSnapshot?
    /// Days still to compare, by rollup id; nil until they have been looked up.
    package var remaining: [Int32: [PostgresDate: Int64]]?
    package var keysExamined = 0
    package var keysRebuilt = 0

    /// Takes on the open gaps of the source that has waited longest; nil when there are none.
    package static func next(on connection: PostgresConnection) async throws -> GapRepair? {
        let rows = try await connection.query(
            """
            WITH oldest AS (
                SELECT source FROM daybook.gaps
                WHERE state = 'open' AND (source IS NULL OR source <> ALL ($1::text[])) ORDER BY id LIMIT 1
            )
            UPDATE daybook.gaps AS g SET state = 'repairing'
            FROM oldest WHERE g.state = 'open' AND g.source IS NOT DISTINCT FROM oldest.source
            RETURNING g.id, g.source
            """,
            [try await TriggerWatch.blindSources(on: connection)]
        )
        guard let first = rows.first else { return nil }
        var repair = GapRepair(
            source: try first.decode(String?.self, at: 1), gaps: try rows.map { try $0.decode(Int64.self, at: 0) }
        )
        if repair.gaps.count >= GapRecorder.openLimit {
            repair.awaited = try await connection.query("SELECT pg_current_snapshot()")[0].decode(PostgresSnapshot.self)
        }
        return repair
    }

    private init(source: String?, gaps: [Int64]) {
        self.source = source
        self.gaps = gaps
    }

    /// Whether the rollup may have missed something.
    package func concerns(_ rollup: Rollup) -> Bool {
        source == nil || rollup.events.contains { $0.source.table.description == source }
    }
}
