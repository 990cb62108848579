public import PostgresClient

/// Why a number is what it is: one row of a rollup, the source rows that it is made of, what the log still has of it, and
/// what happened to its day. All at one snapshot.
public struct Explanation: Sendable {
    public var rollup: String
    public var day: PostgresDate
    /// Dimension and value as Postgres prints it, in the definition's order.
    public var key: [(dimension: String, value: String?)]
    /// The row as JSON text; nil where the table has none.
    public var row: String?
    /// What the sources say, as JSON text of counts and sums; nil where they have no row.
    public var sourcesSay: String?
    /// Whether row and sources say the same, events not yet flushed included; nil for a day that nothing can verify.
    public var isEqual: Bool?
    public var sources: [Source]
    /// Newest first, at most ``Explainer/listed``; older ones may have left the log.
    public var events: [Event]
    public var seal: Seal?
    /// Newest first, at most ``Explainer/listed``.
    public var amendments: [Amendment]
    /// Why the key is parked.
    public var parked: String?
    public var isThinned: Bool
    public var isBuilt: Bool

    /// The rows of one source that count into the key.
    public struct Source: Sendable {
        public var table: String
        public var event: String
        public var rows: Int
        /// JSON text: the primary key and the columns that the definition uses; the latest, at most ``Explainer/listed``.
        public var latest: [String]
    }

    /// What a statement of the application has changed.
    public struct Event: Sendable {
        public var loggedAt: PostgresTimestamp
        public var transaction: PostgresTransactionID
        /// How many rows more, or fewer.
        public var count: Int64
        /// JSON text of sums and labels.
        public var changes: String
        /// Whether the table has it.
        public var isFlushed: Bool
    }

    public struct Seal: Sendable {
        public var revision: Int
        public var state: String
        public var isVerified: Bool
        public var sealedAt: PostgresTimestamp
    }

    public struct Amendment: Sendable {
        public var revision: Int
        public var amendedAt: PostgresTimestamp
        public var cause: String
        /// JSON text.
        public var before: String?
        public var after: String?
    }
}

/// What is asked for does not exist.
public struct ExplanationError: Error, CustomStringConvertible {
    public let description: String
}
