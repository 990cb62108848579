public import PostgresClient
import Synchronization

/// What the engine of this process is doing, for health endpoints and the demo. Counters grow from the process' start.
public struct EngineStatus: Sendable {
    public enum Role: String, Sendable {
        case connecting, standby, leader, stopped
    }

    public var role: Role = .connecting
    /// Whether the rollups answer: this process leads and has loaded what it serves.
    public var isReady = false
    public var cursor: PostgresSnapshot?
    public var turns = 0
    public var events = 0
    public var flushes = 0
    public var rowsFlushed = 0
    public var rowsInMemory = 0
    public var daysInMemory = 0
    public var hasUnflushedRows = false
    public var daysToBuild = 0
    /// Keys whose extremes or sets were read from the sources, because something went that may have been among them.
    public var retractionsSettled = 0
    /// Days that were read into memory from snapshot files, and from the rollup tables.
    public var daysLoadedFromFiles = 0
    public var daysLoadedFromTables = 0
    /// How long the last start took to bring its days into memory, in seconds.
    public var loadSeconds = 0.0
    public var openGaps = 0
    public var reconnects = 0
    /// Age of the oldest event of the last turn that had any, when its rows were published, in seconds.
    public var publishLagSeconds = 0.0
    public var lastTurnAt: PostgresTimestamp?
    public var lastFlushAt: PostgresTimestamp?
    public var isAsleep = false
    /// How long the last flush took, in seconds.
    public var lastFlushSeconds: Double?
    /// When days were last closed, or tried to be.
    public var lastSealAt: PostgresTimestamp?
    /// Why the last attempt to close days failed.
    public var sealFailure: String?
    /// The jobs of `jobs.yml`, by name, as this process last looked while it led.
    public var jobs: [JobState] = []
    /// Why the folder of definitions as it stands is not in force.
    public var definitionsProblem: String?
    /// Why `jobs.yml` as it stands is not in force.
    public var jobsProblem: String?
    /// Day audits of this process by outcome.
    public var audits = Audits()
    /// The last error that ended a session, until the next one leads.
    public var lastError: String?

    public struct Audits: Sendable {
        public var equal = 0
        public var different = 0
        public var failed = 0
    }

    public init() {}
}

/// Where the engine leaves its status for whoever asks.
public final class EngineObservatory: Sendable {
    private let status = Mutex(EngineStatus())

    public init() {}

    public var current: EngineStatus { status.withLock(\.self) }

    package func update(_ change: (inout sending EngineStatus) -> Void) {
        status.withLock { change(&$0) }
    }
}
