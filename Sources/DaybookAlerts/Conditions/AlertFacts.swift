package import Daybook
package import PostgresClient

/// What the built-in conditions look at, read at one moment.
package struct AlertFacts: Sendable {
    /// The server's clock.
    package var now: PostgresTimestamp
    /// All that are open, and the latest others.
    package var gaps: [InstallationStatus.Gap] = []
    /// Age of the oldest event that is not in the tables, in seconds.
    package var lagSeconds = 0.0
    /// When the engine last looked; nil before it has.
    package var lastTurnAt: PostgresTimestamp?
    package var jobs: [JobState] = []
    /// Why `jobs.yml` as it stands is not in force.
    package var jobsProblem: String?
    /// Why the last attempt to close days failed.
    package var sealFailure: String?
    /// Who leads, as host and process.
    package var leader = ""
    /// Who led when the alerts last looked; nil where nobody has looked yet.
    package var previousLeader: String?
    /// How full the server's NOTIFY queue is, from 0 to 1.
    package var notificationQueue = 0.0
    /// How much of the snapshots' file system is left, from 0 to 1; nil where that cannot be told.
    package var diskFree: Double?

    package init(now: PostgresTimestamp) {
        self.now = now
    }
}
