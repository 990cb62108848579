package import PostgresClient

/// A comparison of rollups with their sources, and the replacement of what differs, spread over as many turns as it takes.
///
/// Each piece compares a bounded number of days, at the snapshot of its own turn, and replaces the keys that differ in that
/// turn. An interrupted repair is harmless: what has been replaced is right, and the rest is found again.
package struct Repair: Sendable {
    package enum Origin: Sendable {
        /// The open gaps of one source (nil: of none in particular).
        case gaps(source: String?, ids: [Int64])
        case request(Request)
        /// Days that are about to be closed.
        case seal
    }

    /// What came of one rollup.
    package struct Tally: Sendable, Hashable, Codable {
        package var days = 0
        package var keys = 0
        package var different = 0
        package var repaired = 0
    }

    package let origin: Origin
    package let started = ContinuousClock.now
    /// Transactions that have to end before the comparison can see all that the gaps stand for.
    package var awaited: [PostgresTransactionID] = []
    /// Days still to compare, by rollup id; nil until they have been looked up.
    package var remaining: [Int32: [PostgresDate: Int64]]?
    package var tallies: [Int32: Tally] = [:]
    /// Sealed days of which source rows have vanished without a delete event, and which therefore were left alone.
    package var undecided: Set<PostgresDate> = []
    /// For a dry run, the keys that differ, up to ``listedKeys``.
    package var keys: [DifferentKey] = []

    package static let listedKeys = 1000

    package struct DifferentKey: Sendable, Codable {
        package var rollup: String
        package var day: String
        package var key: [String?]
    }

    package init(_ origin: Origin) {
        self.origin = origin
    }

    package var policy: Request.Policy {
        if case .request(let request) = origin { request.policy } else { .careful }
    }

    package var range: ClosedRange<PostgresDate>? {
        if case .request(let request) = origin { request.range } else { nil }
    }

    package var total: Tally {
        tallies.values.reduce(into: Tally()) { total, tally in
            total.days += tally.days
            total.keys += tally.keys
            total.different += tally.different
            total.repaired += tally.repaired
        }
    }

    /// The source whose gaps these are.
    package var source: String? {
        if case .gaps(let source, _) = origin { source } else { nil }
    }

    /// Whether the rollup may have missed something.
    package func concerns(_ rollup: Rollup) -> Bool {
        guard case .gaps(let source?, _) = origin else { return true }
        return rollup.table.description == source
            || rollup.events.contains {
                $0.source.table.description == source || $0.lookup?.table.table.description == source
            }
    }

    /// Takes on the open gaps of the source that has waited longest; nil when there are none that can be closed.
    ///
    /// Taking on is committed by itself, so that triggers record new gaps from now on. Where the very transactions whose
    /// events are missing have recorded the gaps, the comparison sees whatever they stand for. There are two others:
    ///
    /// - A transaction that saw too many open gaps has recorded none (``GapRecorder``). Whatever is under way is awaited.
    /// - A transaction that could not lock a lookup's keys and the one that had them have missed each other's rows, but only
    ///   the first says so, and it may be the first to end. Whoever holds such keys is awaited.
    ///
    /// ```
    ///  A: BEGIN; links key c
    ///                                       B: writes a row with key c, waits, gives up: a gap
    ///                                       B: COMMIT
    ///       repair: nothing differs yet
    ///  A: COMMIT: the link is logged, without B's row
    /// ```
    ///
    /// - Parameters:
    ///   - epoch: of the leader that asks. One that has lost the lead without noticing gets none: its successor has looked for
    ///     gaps under repair already, and nobody would ever close them.
    ///   - others: sources that have a repair already.
    package static func ofOldestGaps(
        epoch: Int64, except others: [String], on connection: PostgresConnection
    ) async throws -> Repair? {
        let rows = try await connection.query(
            """
            WITH lead AS (
                SELECT FROM daybook.cursor WHERE feed = 'main' AND epoch = $2::bigint FOR SHARE
            ), oldest AS (
                SELECT source FROM daybook.gaps
                WHERE state = 'open' AND (source IS NULL OR source <> ALL ($1::text[])) ORDER BY id LIMIT 1
            )
            UPDATE daybook.gaps AS g SET state = 'repairing'
            FROM lead, oldest WHERE g.state = 'open' AND g.source IS NOT DISTINCT FROM oldest.source
            RETURNING g.id, g.source, g.cause = '\(LookupLock.isLocked)'
            """,
            [try await TriggerWatch.blindSources(on: connection) + others, epoch]
        )
        guard let first = rows.first else { return nil }
        let ids = try rows.map { try $0.decode(Int64.self, at: 0) }
        var repair = Repair(.gaps(source: try first.decode(String?.self, at: 1), ids: ids))
        if repair.source != nil, ids.count >= GapRecorder.openLimit {
            repair.awaited = try await connection.query("SELECT pg_current_snapshot()")[0].decode(PostgresSnapshot.self)
                .inProgress
        } else if try rows.contains(where: { try $0.decode(Bool.self, at: 2) }) {
            repair.awaited = try await LookupLock.holders(on: connection)
        }
        return repair
    }
}
