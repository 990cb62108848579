import Daybook
import Hummingbird
import PostgresClient

/// One client's stream, from the first event to the end of the connection.
struct StreamSession: Sendable {
    let seat: StreamSeat
    let served: [ServedRollup]
    let range: DayRange
    /// Whether the client wants the state itself wherever it has to begin anew.
    let isFull: Bool

    /// Rows of one message.
    private static let pieceSize = 500

    /// Writes until the client is gone, which a write tells, or the hub closes.
    func run(_ writer: BodyWriter) async throws {
        let now = try await seat.hub.model.now()
        let role = seat.hub.model.observatory.current.role
        let hello = StreamFrames.event(
            "hello", .object([("as_of", .time(now)), ("role", .string(role.rawValue))]),
            // A client has no position before it has the state, and keeps its own until it has what it missed.
            id: seat.isResumed || isFull ? nil : seat.hub.id(of: seat.position)
        )
        try await writer.write("retry: 1000\n\n" + hello)
        if isFull, !seat.isResumed { try await writeState(of: [nil], at: seat.position, to: writer) }
        for await _ in seat.bells {
            while let (batch, frames) = seat.hub.take(seat.id, withState: isFull) {
                try await writer.write(frames)
                if isFull, !batch.resets.isEmpty {
                    try await writeState(of: batch.resets.map(\.scope), at: batch.position, to: writer)
                }
                // Meanwhile changes gather; the first one after a pause goes out at once.
                if !batch.isHeartbeat { try await Task.sleep(for: seat.hub.cooling) }
            }
        }
    }

    /// Every row in the scopes as it is now, and a word that this was all, with which the client is at the position.
    private func writeState(
        of scopes: [StreamReset.Scope?], at position: UInt64, to writer: BodyWriter
    ) async throws {
        for scope in scopes {
            for served in served where scope.map({ $0.rollup == served.rollup.name }) ?? true {
                try await writeRows(of: served, in: scope?.days, to: writer)
            }
        }
        try await writer.write(StreamFrames.event("settled", .object([]), id: seat.hub.id(of: position)))
    }

    private func writeRows(
        of served: ServedRollup, in scope: ClosedRange<PostgresDate>?, to writer: BodyWriter
    ) async throws {
        guard let part = seat.filter.rollups[served.rollup.name] else { return }
        try await seat.hub.model.read(served) { reading in
            var days = streamed(today: reading.moment.today)
            if let scope {
                guard days.overlaps(scope) else { return }
                days = days.clamped(to: scope)
            }
            let columns = served.rollup.streamColumns(of: "r").commaSeparated
            try await reading.stream(days: days, filters: part.filters) { _ in
                """
                SELECT r.day, (SELECT row_to_json(j)::text FROM (SELECT \(columns)) AS j) FROM merged AS r ORDER BY r.day
                """
            } _: { rows in
                while let batch = try await rows.next() {
                    var days: [PostgresDate: [String]] = [:]
                    for row in batch {
                        let (day, json) = try row.decode(PostgresDate.self, String.self)
                        days[day, default: []].append(json)
                    }
                    for (day, rows) in days.sorted(by: { $0.key < $1.key }) {
                        let message = StreamFrames.rows(
                            served.rollup.name, day, asOf: reading.moment.now,
                            provisional: !(reading.rows[day] ?? [:]).isEmpty, rows: rows
                        )
                        try await writer.write(StreamFrames.event("rows", message))
                    }
                }
            }
        }
    }

    /// The days whose state is told: those asked for, today without a word.
    private func streamed(today: PostgresDate) -> ClosedRange<PostgresDate> {
        guard range.from != nil || range.to != nil else { return today...today }
        let from = range.from ?? .minusInfinity
        return from...max(from, range.to ?? .infinity)
    }
}

extension ReadModel {
    /// The server's time.
    func now() async throws -> PostgresTimestamp {
        try await pool.withConnection { connection in
            try await connection.query("SELECT clock_timestamp()", cached: true)[0].decode(PostgresTimestamp.self)
        }
    }

    /// The latest flush that is in the tables.
    func flush() async throws -> Int64 {
        try await pool.withConnection { connection in
            let rows = try await connection.query(
                "SELECT c.flush FROM daybook.cursor AS c WHERE c.feed = 'main'", cached: true)
            guard let row = rows.first else {
                throw APIError.unavailable("not_ready", FeedError.notInstalled.description)
            }
            return try row.decode(Int64.self)
        }
    }
}
