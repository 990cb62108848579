extension RollupDefinition {
    /// The row of another table that an event's source rows are joined to: at most one, found by a unique key.
    public struct Lookup: Sendable, Hashable, Codable {
        public var table: QualifiedName
        /// Columns of the looked-up table, unique together.
        public var key: [String]
        /// SQL over the source's columns, one expression for each column of ``key``.
        public var equals: [String]

        public init(table: QualifiedName, key: [String], equals: [String]) {
            self.table = table
            self.key = key
            self.equals = equals
        }
    }
}
