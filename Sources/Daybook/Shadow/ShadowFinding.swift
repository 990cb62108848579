public import PostgresClient

/// One cell, or one whole row, of the cron jobs' table that is not what the sources say.
public struct ShadowFinding: Sendable {
    public var rollup: String
    public var day: PostgresDate
    /// In the order of the dimensions, as Postgres prints them.
    public var key: [String?]
    /// Nil for a row that is missing or too many.
    public var column: String?
    /// As text; of a whole row its cells.
    public var theirs: String?
    public var right: String?
    /// ``ShadowReason/description``.
    public var reason: String

    public init(
        rollup: String, day: PostgresDate, key: [String?], column: String?, theirs: String?, right: String?,
        reason: String
    ) {
        self.rollup = rollup
        self.day = day
        self.key = key
        self.column = column
        self.theirs = theirs
        self.right = right
        self.reason = reason
    }
}

/// What a comparison of the cron jobs' tables and of ours with the sources has found.
public struct ShadowReport: Sendable {
    public var rollups: [Entry] = []

    public struct Entry: Sendable {
        public var rollup: String
        /// The table that the jobs keep.
        public var table: String
        /// Whether there is such a table.
        public var exists = true
        /// Columns of the rollup that it lacks.
        public var lacking: [String] = []
        /// Columns of it that the rollup does not know.
        public var others: [String] = []
        /// Oldest first.
        public var days: [Day] = []
        /// The first of them, at most ``ShadowComparison/findingsOfDay`` of a day.
        public var findings: [ShadowFinding] = []

        public init(rollup: String, table: String) {
            self.rollup = rollup
            self.table = table
        }
    }

    public struct Day: Sendable {
        public var day: PostgresDate
        public var comparedAt: PostgresTimestamp
        /// Rows of theirs.
        public var rows = 0
        /// Rows there should be.
        public var expected = 0
        public var wrong = 0
        public var missing = 0
        public var surplus = 0
        /// Keys in which our own table differs; 0 unless something is broken.
        public var ours = 0
        /// Findings by ``ShadowReason/name``, of the rows that were looked at one by one.
        public var reasons: [String: Int] = [:]

        /// The sources have no row of the day any more, and nothing tells why, so that nobody can say who is right.
        public var isUnverifiable: Bool {
            expected == 0 && rows > 0 && ours == 0 && reasons.keys.allSatisfy { $0 == ShadowReason.unknown.name }
        }
        public var isEqual: Bool { isUnverifiable || wrong + missing + surplus == 0 }

        public init(day: PostgresDate, comparedAt: PostgresTimestamp) {
            self.day = day
            self.comparedAt = comparedAt
        }
    }

    public init() {}

    /// Whether the cron jobs' tables are what the sources say.
    public var isEqual: Bool { rollups.allSatisfy { $0.days.allSatisfy(\.isEqual) } }
    /// Whether ours are.
    public var oursIsEqual: Bool { rollups.allSatisfy { $0.days.allSatisfy { $0.ours == 0 } } }
}
