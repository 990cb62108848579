public import PostgresClient

/// Rows of one rollup-day that a turn changed.
public struct Publication: Sendable {
    public var rollup: String
    public var day: PostgresDate
    /// The server's time of the turn.
    public var asOf: PostgresTimestamp
    /// Which transactions are counted.
    public var snapshot: PostgresSnapshot
    /// Whether the rows are not yet committed to the rollup table.
    public var isProvisional: Bool
    public var rows: [Row]

    public struct Row: Sendable {
        /// In the order of the rollup's dimensions, as text.
        public var key: [String?]
        /// Nil when the row is gone.
        public var measures: Measures?
    }

    public struct Measures: Sendable {
        public var count: Int128
        /// In the order of the rollup's summed measures.
        public var sums: [Int128]
        /// In the order of the rollup's labels, largest first.
        public var breakdowns: [[(label: String?, count: Int128)]]
        /// In the order of the rollup's extremes.
        package var extremes: [RankedValue?] = []
        /// In the order of the rollup's measures that count different values.
        package var distincts: [DistinctSet] = []
    }
}

extension Publication.Row {
    package init(key: RowKey, row: RollupRow) {
        self.key = key.values
        measures =
            row.count == 0
            ? nil
            : Publication.Measures(
                count: row.count, sums: row.sums,
                breakdowns: row.labelCounts.indices.map { row.ranking(of: $0).map { ($0.label.text, $0.count) } },
                extremes: row.extremes, distincts: row.distincts
            )
    }
}
