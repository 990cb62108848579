public import PostgresClient

/// How an engine works.
public struct EngineSettings: Sendable {
    /// Where the sources, the log and the rollup tables are.
    public var database: PostgresConfiguration
    /// The folder of the definitions.
    public let eventsDirectory: String
    /// The same as it was last read, by all who work by these settings.
    package let definitions: DefinitionFolder
    /// How long a changed row may stay unflushed.
    public var flushEvery: Duration
    /// How long after the end of a day, in the rollup's zone, it is sealed; nil for never.
    public var sealAt: Duration?
    /// The folder of the day files; nil for none.
    public var snapshotsDirectory: String?
    /// How often the engine looks for what nobody told it: gaps, a new day, partitions to make and to drop.
    public var healthPeriod: Duration
    /// Whether the jobs of `jobs.yml` run while this engine leads.
    public var runsJobs = true
    /// How long a shutdown waits for jobs that run before it cancels them.
    public var jobDrain = Duration.seconds(8)
    package var bell: BellStateMachine.Settings
    package var limits: Limits
    /// What a test lets go wrong. Where nil, `DAYBOOK_FAILPOINT` of the environment is looked at.
    package var failpoints: Failpoints?

    /// What bounds the engine's memory.
    package struct Limits: Sendable {
        /// Rows in memory; beyond, days are let go of after a flush and their keys loaded again when they change.
        package var rows = 250_000
        /// Changed rows in memory; beyond, they are written in the middle of a turn.
        package var dirtyRows = 50_000
        /// Days that one piece of an event backlog may open; beyond, they are let go of in the middle of a turn.
        package var days = 1_000

        package init() {}
    }

    public init(
        database: PostgresConfiguration, eventsDirectory: String = "Events", snapshotsDirectory: String? = nil,
        flushEvery: Duration = .seconds(1), sealAt: Duration? = .seconds(7200), healthPeriod: Duration = .seconds(10)
    ) {
        self.database = database
        self.eventsDirectory = eventsDirectory
        definitions = DefinitionFolder(directory: eventsDirectory)
        self.flushEvery = flushEvery
        self.sealAt = sealAt
        self.snapshotsDirectory = snapshotsDirectory
        self.healthPeriod = healthPeriod
        bell = BellStateMachine.Settings()
        limits = Limits()
    }
}
