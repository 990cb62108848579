/// One rollup as its file under `Events/` declares it: which columns make a row, what is measured, and which sources
/// feed it.
///
/// A definition is text that has been parsed and checked for its own consistency. Whether the database has the sources,
/// columns and types it names is checked by ``DefinitionCatalog``, which turns it into a ``Rollup``.
public struct RollupDefinition: Sendable, Hashable, Codable {
    /// The rollup table.
    public var table: QualifiedName
    public var title: String
    /// The zone whose days the rollup counts, as Postgres names it.
    public var timeZone: String
    /// In file order. With the day they are the primary key.
    public var dimensions: [Dimension]
    /// In file order.
    public var measures: [Measure]
    /// In file order.
    public var derived: [DerivedColumn]
    /// In file order.
    public var events: [EventDefinition]
    /// Where the definition was read from, for messages.
    public var file: String

    /// A key column besides the day.
    public struct Dimension: Sendable, Hashable, Codable {
        public var name: String
        /// The SQL type as written, without the question mark.
        public var type: String
        public var isNullable: Bool
    }

    /// A column that deltas add up in.
    public struct Measure: Sendable, Hashable, Codable {
        public var name: String
        public var kind: Kind

        public enum Kind: Sendable, Hashable, Codable {
            /// The number of source rows.
            case count
            /// The sum of the value that every event gives under the measure's name.
            case sum
            /// The same for `numeric`: every value is rounded to the scale, and the sum is exact.
            case decimalSum(DecimalFormat)
            /// The smallest and the largest of the values; null is no value, and where there is none the measure is
            /// null.
            case min(OrderedType), max(OrderedType)
            /// The value of the earliest and of the latest event; of several at the same time the one whose text has
            /// the smallest or the largest bytes. Null is no value. The time is kept in a second column, `<name>_at`.
            case first(type: String), last(type: String)
            /// The number of different values, by 64-bit hashes of their texts; null is no value. Exact up to
            /// ``DistinctSet/limit``, an estimate beyond. What it is made of is kept in a second column,
            /// `<name>_sketch`.
            case distinct
            /// The number of source rows by the value named here, kept as a jsonb list of
            /// `{"<label>": value, "count": n}`, largest first, then by value in code point order.
            case countBy(label: String)
        }
    }

    /// A column computed from the measures when a row is flushed.
    public struct DerivedColumn: Sendable, Hashable, Codable {
        public var name: String
        /// SQL over the measures.
        public var expression: String
    }

    /// What one row of one source means for the rollup.
    public struct EventDefinition: Sendable, Hashable, Codable {
        public var name: String
        public var source: QualifiedName
        /// SQL over the source's columns: when it happened.
        public var at: String
        /// SQL over the source's columns: whether the row counts at all.
        public var condition: String?
        /// SQL over the source's columns, by dimension, summed measure or label.
        public var values: [String: String]
        /// Whose columns `condition` and `values` may name too, as `table.column`; null where there is no such row.
        public var lookup: Lookup?
    }
}

/// A table's name, with its schema where one is given. Taken to the letter: never folded to lower case.
public struct QualifiedName: Sendable, Hashable, Codable, CustomStringConvertible {
    public var schema: String?
    public var name: String

    public init(schema: String? = nil, name: String) {
        self.schema = schema
        self.name = name
    }

    public var description: String {
        schema.map { "\($0).\(name)" } ?? name
    }
}
