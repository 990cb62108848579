/// What the engine and its surroundings say of themselves at one moment, for ``EngineMetrics``. Totals are since the process started.
public struct EngineReading: Sendable, Equatable {
    public struct Job: Sendable, Equatable {
        public var name: String
        /// Seconds since 1970, `nil` before the first success.
        public var lastSuccess: Double?
        public var lastRunFailed: Bool

        public init(name: String, lastSuccess: Double?, lastRunFailed: Bool) {
            self.name = name
            self.lastSuccess = lastSuccess
            self.lastRunFailed = lastRunFailed
        }
    }

    /// Audits so far, by what they found.
    public struct Audits: Sendable, Equatable {
        public var equal = 0
        public var different = 0
        public var failed = 0

        public init(equal: Int = 0, different: Int = 0, failed: Int = 0) {
            self.equal = equal
            self.different = different
            self.failed = failed
        }
    }

    /// As `/api/health` answers: a leader that has loaded its rows, or a standby.
    public var isReady = false
    public var isLeader = false
    /// The age of the oldest event that is not counted yet, or of the last turn's oldest.
    public var lagSeconds = 0.0
    public var events = 0
    public var turns = 0
    public var flushes = 0
    public var rowsFlushed = 0
    public var retractionsSettled = 0
    public var reconnects = 0
    public var audits = Audits()
    public var rowsInMemory = 0
    public var daysInMemory = 0
    /// Whether rows changed that are not in their table yet.
    public var hasUnflushedRows = false
    public var openGaps = 0
    public var subscribers = 0
    /// The process' resident memory, `nil` where the system does not tell.
    public var memoryBytes: Int?
    /// Whether the key file has become unusable and older keys are in force.
    public var keysAreStale = false
    public var jobs: [Job] = []

    public init() {}
}
