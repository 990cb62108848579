public import Daybook
import PostgresClient

/// What the daemon does again and again, by the names of the cron jobs that it replaces.
public struct JobSchedule: Sendable {
    private let flushEvery: Duration
    private let sealAt: Duration?

    public init(_ settings: EngineSettings) {
        flushEvery = settings.flushEvery
        sealAt = settings.sealAt
    }

    struct State: Sendable {
        var name: String
        var lastRun: PostgresTimestamp?
        var lastSuccess: PostgresTimestamp?
        /// Why the last run failed.
        var failure: String?
        /// Nil where nothing is due.
        var nextRun: PostgresTimestamp?

        var json: JSONValue {
            .object([
                ("name", .string(name)), ("last_run", .time(lastRun)),
                ("outcome", failure.map { .string("failed: \($0)") } ?? (lastRun == nil ? .null : .string("ok"))),
                ("next_run", .time(nextRun)),
            ])
        }
    }

    func states(_ status: EngineStatus) -> [State] {
        let due = status.hasUnflushedRows ? status.lastTurnAt?.advanced(by: flushEvery) : nil
        return [
            State(
                name: "update-current-day-analytics", lastRun: status.lastFlushAt, lastSuccess: status.lastFlushAt,
                nextRun: due
            ),
            State(
                name: "aggregate-daily-analytics", lastRun: status.lastSealAt,
                lastSuccess: status.sealFailure == nil ? status.lastSealAt : nil, failure: status.sealFailure,
                nextRun: nextSeal(after: status.lastTurnAt)
            ),
        ]
    }

    /// For days of UTC; a rollup of another zone is sealed by its own clock.
    private func nextSeal(after now: PostgresTimestamp?) -> PostgresTimestamp? {
        guard let sealAt, let now else { return nil }
        let day: Int64 = 86_400_000_000
        let offset = sealAt / .microseconds(1)
        let today = (Double(now.microsecondsSince2000) / Double(day)).rounded(.down) * Double(day)
        let due = Int64(today + offset)
        return PostgresTimestamp(microsecondsSince2000: due > now.microsecondsSince2000 ? due : due + day)
    }
}

extension PostgresTimestamp {
    var secondsSince1970: Double { Double(microsecondsSince2000) / 1_000_000 + 946_684_800 }

    func advanced(by duration: Duration) -> PostgresTimestamp {
        PostgresTimestamp(microsecondsSince2000: microsecondsSince2000 + Int64(duration / .microseconds(1)))
    }
}
