/// A definition that the live catalog has confirmed: every name is found, every expression compiles, every type is
/// known.
///
/// This is what the SQL of the feed, the flush, the audit and the rebuild is generated from.
public struct Rollup: Sendable, Hashable, Codable {
    public var definition: RollupDefinition
    /// The rollup table, schema included; it may not exist yet.
    public var table: QualifiedName
    /// As in the definition, in its order.
    public var dimensions: [Dimension]
    public var measures: [Measure]
    public var derived: [Derived]
    public var events: [Event]
    /// The table beside which `table` is kept, while cron jobs still keep that one; nil where there is no such thing.
    public var shadowed: QualifiedName?

    public struct Dimension: Sendable, Hashable, Codable {
        public var name: String
        /// As `format_type` prints it, for example `character varying(20)`.
        public var type: String
        public var isNullable: Bool
    }

    public struct Measure: Sendable, Hashable, Codable {
        public var name: String
        public var kind: RollupDefinition.Measure.Kind
        /// The column's type: of the existing column, or where it is new the one that the kind has.
        public var type: String
    }

    public struct Derived: Sendable, Hashable, Codable {
        public var name: String
        public var expression: String
        /// Of the existing column, or of the expression where it is new.
        public var type: String
    }

    public struct Event: Sendable, Hashable, Codable {
        public var name: String
        public var source: Source
        public var at: String
        /// What `at` is, which decides how its day is taken.
        public var atType: TimeType
        public var condition: String?
        public var values: [String: String]
        /// The source's columns that the expressions use, the lookup's among them, in the table's order.
        public var columns: [Column]
        /// Whether the expressions use only built-in functions and no conversion through text: then no setting of the
        /// session can change what they give.
        public var isSelfContained: Bool
        public var lookup: Lookup?
    }

    public struct Column: Sendable, Hashable, Codable {
        public var name: String
        /// As `format_type` prints it.
        public var type: String
    }

    public enum TimeType: Sendable, Hashable, Codable {
        case date, timestamp, timestampWithTimeZone
    }

    /// A watched table, with all relations below it that can be written by name.
    public struct Source: Sendable, Hashable, Codable {
        public var table: QualifiedName
        public var oid: UInt32
        public var isPartitioned: Bool
        /// Partitions at every depth (leaves and partitioned ones), not the table itself.
        public var partitions: [QualifiedName]
    }
}
