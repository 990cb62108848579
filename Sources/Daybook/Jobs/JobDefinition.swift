/// A job as its file declares it.
package struct JobDefinition: Sendable, Hashable {
    package var name: String
    package var schedule: CronSchedule
    package var work: Work
    /// How long one statement of it may take.
    package var timeout: Duration
    package var isEnabled: Bool

    package enum Work: Sendable, Hashable {
        /// Statements that make one transaction, repeated until the last of them reports no row, at most so many times.
        case sql(String, batches: Int)
        case builtIn(BuiltInJob)
    }
}

/// What a job can do that SQL in a transaction cannot.
package enum BuiltInJob: String, CaseIterable, Sendable {
    /// VACUUM (ANALYZE) of the rollup tables.
    case vacuumRollups = "vacuum-rollups"
}
