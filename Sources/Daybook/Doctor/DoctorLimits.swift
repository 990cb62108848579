/// From where on something is worth telling.
package struct DoctorLimits: Sendable {
    /// Of transactions, prepared ones included.
    package var oldTransaction: Duration = .seconds(10 * 60)
    /// Between the server's clock and this machine's.
    package var clockDisagreement: Duration = .seconds(2)
    /// Of the notification queue, from 0 to 1.
    package var notificationQueue = 0.5
    /// Age of the oldest event not yet in the rollup tables, while a daemon leads.
    package var lag: Duration = .seconds(60)
    /// Rows, by the planner's estimate, from which reading a table without an index takes long.
    package var bigTable: Double = 100_000
    /// Of the event log with its indexes.
    package var eventLogBytes: Int64 = 10 << 30
    /// Days ahead for which the event log should have partitions at least.
    package var daysAhead = 3

    package init() {}
}
