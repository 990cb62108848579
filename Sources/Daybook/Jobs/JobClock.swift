package import PostgresClient

/// Whether a job is due, by the server's clock.
package struct JobClock: Sendable, Hashable {
    package let schedule: CronSchedule
    /// All times up to this one are dealt with: run, or not to be run.
    package var settled: PostgresTimestamp

    package init(_ schedule: CronSchedule, settled: PostgresTimestamp) {
        self.schedule = schedule
        self.settled = settled
    }

    /// The time for which the job is to run now: the last that has passed. Earlier ones that were missed are run with
    /// it, once.
    package func due(at now: PostgresTimestamp) -> PostgresTimestamp? {
        schedule.last(after: settled, through: now)
    }

    /// The first time that has not come yet.
    package func next(at now: PostgresTimestamp) -> PostgresTimestamp? {
        schedule.next(after: max(now, settled))
    }
}
