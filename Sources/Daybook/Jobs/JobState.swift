public import PostgresClient

/// A job as the leader runs it, and what its last run came to.
public struct JobState: Sendable, Hashable {
    public var name: String
    /// Five fields of cron, in UTC.
    public var schedule: String
    public var isEnabled: Bool
    /// When the last run began.
    public var lastRun: PostgresTimestamp?
    /// When the last run that did its work ended.
    public var lastSuccess: PostgresTimestamp?
    public var outcome: Outcome?
    /// Rows that the last statement of the last run has changed or returned.
    public var rows: Int64?
    /// Why the last run failed or was interrupted.
    public var error: String?
    /// Nil for a job that is not enabled. In the past for one that is due and waits.
    public var nextRun: PostgresTimestamp?

    public enum Outcome: String, Sendable {
        case running, done, failed
        /// Cut short from outside with nothing half done; it is run again.
        case interrupted
    }

    /// All times up to this one are dealt with.
    var settled: PostgresTimestamp

    /// In words: `ok`, `running`, or what went wrong.
    public var outcomeText: String? {
        switch outcome {
        case nil: nil
        case .done: "ok"
        case .running: "running"
        case .failed, .interrupted: [outcome?.rawValue, error].compactMap(\.self).joined(separator: ": ")
        }
    }

    /// Whether the last run has ended without its work done.
    public var hasFailed: Bool { outcome == .failed || outcome == .interrupted }
}
