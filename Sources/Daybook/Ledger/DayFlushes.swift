package import PostgresClient

/// Which flush was the last to change each day, as the database knows it: what a day's file is held against.
///
/// Written in the flush's own transaction for the few days it changes, by whatever changes them: events, repairs, builds,
/// back-fills, restores. So a file of flush F is the day's present exactly if the database knows F by its random id and no
/// later flush has changed the day. A day without a row vouches for no file. The rows of days that are not closed also tell
/// which days are to be sealed.
package struct DayFlushes: Sendable {
    /// What the database says of a file.
    package enum Verdict: Sendable, Hashable {
        /// It is the day as the rollup table has it.
        case present
        /// It was the day once.
        case stale
        /// It is of no flush that this database has made, as far as it remembers.
        case unknown
    }

    private var lastChange: [PostgresDate: Int64] = [:]
    private var flushIDs: [Int64: String] = [:]

    package init(lastChange: [PostgresDate: Int64], flushIDs: [Int64: String]) {
        self.lastChange = lastChange
        self.flushIDs = flushIDs
    }

    /// - Parameter flushes: the numbers of the flushes to be judged.
    package static func read(
        rollup: Int32, days: [PostgresDate], flushes: [Int64], on connection: PostgresConnection
    ) async throws -> DayFlushes {
        var read = DayFlushes(lastChange: [:], flushIDs: [:])
        let changes = try await connection.query(
            "SELECT day, flush FROM daybook.day_flushes WHERE rollup = $1::integer AND day = ANY ($2::date[])",
            [rollup, days]
        )
        for row in changes {
            let (day, flush) = try row.decode(PostgresDate.self, Int64.self)
            read.lastChange[day] = flush
        }
        let known = try await connection.query(
            "SELECT flush, id::text FROM daybook.flushes WHERE flush = ANY ($1::bigint[])", [flushes]
        )
        for row in known {
            let (flush, id) = try row.decode(Int64.self, String.self)
            read.flushIDs[flush] = id
        }
        return read
    }

    package func verdict(on moment: SnapshotMoment, of day: PostgresDate) -> Verdict {
        guard flushIDs[moment.flush] == moment.flushID else { return .unknown }
        guard let last = lastChange[day] else { return .stale }
        return moment.flush >= last ? .present : .stale
    }

    /// Whether any flush is known to have changed the day.
    package func hasChange(of day: PostgresDate) -> Bool { lastChange[day] != nil }

    /// The random id of a flush, if it was asked for and is remembered.
    package func id(ofFlush flush: Int64) -> String? { flushIDs[flush] }

    /// Part of a flush: these days are changed by it.
    package static func record(
        _ days: Set<DayFileQueue.Day>, flush: Int64, on connection: PostgresConnection
    ) async throws {
        guard !days.isEmpty else { return }
        let days = days.sorted { ($0.rollup, $0.day) < ($1.rollup, $1.day) }
        try await connection.query(
            """
            INSERT INTO daybook.day_flushes (rollup, day, flush)
            SELECT u.rollup, u.day, $3::bigint FROM unnest($1::integer[], $2::date[]) AS u(rollup, day)
            ON CONFLICT (rollup, day) DO UPDATE SET flush = EXCLUDED.flush
            """,
            [days.map(\.rollup), days.map(\.day), flush], cached: true
        )
    }

    /// No file of the rollup is the present any more: it is about to be built anew.
    package static func revoke(rollup: Int32, on connection: PostgresConnection) async throws {
        try await connection.query("DELETE FROM daybook.day_flushes WHERE rollup = $1::integer", [rollup])
    }
}
