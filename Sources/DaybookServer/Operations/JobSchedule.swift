public import Daybook
import PostgresClient

/// What the daemon does again and again, by the names of the cron jobs that it replaces, and the jobs of `jobs.yml`.
public struct JobSchedule: Sendable {
    private let flushEvery: Duration
    private let sealAt: Duration?

    public init(_ settings: EngineSettings) {
        flushEvery = settings.flushEvery
        sealAt = settings.sealAt
    }

    struct State: Sendable {
        var name: String
        /// Five fields of cron; nil for what has another rhythm.
        var schedule: String?
        var isEnabled = true
        var lastRun: PostgresTimestamp?
        var lastSuccess: PostgresTimestamp?
        /// Why the last run failed.
        var failure: String?
        /// What the last run has changed; nil where nothing is counted.
        var rows: Int64?
        var isRunning = false
        /// Nil where nothing is due.
        var nextRun: PostgresTimestamp?

        /// `ok`, `running`, `failed` with its reason, or nil for what has not run yet.
        var outcome: String? {
            if isRunning { return "running" }
            return failure.map { "failed: \($0)" } ?? (lastRun == nil ? nil : "ok")
        }

        var json: JSONValue {
            .object([
                ("name", .string(name)), ("schedule", .string(schedule)), ("enabled", .bool(isEnabled)),
                ("last_run", .time(lastRun)), ("outcome", .string(outcome)), ("rows", .integer(rows.map { Int($0) })),
                ("next_run", .time(nextRun)),
            ])
        }
    }

    /// - Parameter jobs: of `jobs.yml`; nil for those that this process runs.
    func states(_ status: EngineStatus, jobs: [JobState]? = nil) -> [State] {
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
        ] + (jobs ?? status.jobs).map(State.init)
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

extension JobSchedule.State {
    init(_ job: JobState) {
        self.init(
            name: job.name, schedule: job.schedule, isEnabled: job.isEnabled, lastRun: job.lastRun,
            lastSuccess: job.lastSuccess, failure: job.hasFailed ? job.error ?? "no reason is known" : nil,
            rows: job.rows, isRunning: job.outcome == .running, nextRun: job.nextRun
        )
    }
}

extension PostgresTimestamp {
    var secondsSince1970: Double { Double(microsecondsSince2000) / 1_000_000 + 946_684_800 }

    func advanced(by duration: Duration) -> PostgresTimestamp {
        PostgresTimestamp(microsecondsSince2000: microsecondsSince2000 + Int64(duration / .microseconds(1)))
    }
}
