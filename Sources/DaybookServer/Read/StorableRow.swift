import Daybook

/// A changed row as its table will have it: one that the table cannot hold will be parked, and is not there.
struct StorableRow {
    let measures: Publication.Measures?

    init(key: RowKey, measures: Publication.Measures?, of rollup: Rollup) {
        guard let measures else {
            self.measures = nil
            return
        }
        let row = RollupRow(count: measures.count, sums: measures.sums, labelCounts: [])
        self.measures = StorageRule(rollup).reason(key: key, row: row) == nil ? measures : nil
    }
}
