extension TableAdoption {
    /// An index that is unique over less than the key refuses rows that differ in the key, unless a column that Daybook does
    /// not write keeps them apart: a serial number.
    var indexProblems: [Problem] {
        indexes.compactMap { index in
            let columns = Set(index.columns)
            guard index.isExclusion || !columns.isSuperset(of: key.map(Optional.some)) else { return nil }
            let others = columns.compactMap(\.self).filter { !written.contains($0) }
            if !index.isExclusion, others.contains(where: { column($0)?.fillsItselfApart == true }) { return nil }
            let list = index.columns.map { $0 ?? "an expression" }.joined(separator: ", ")
            let what = index.isExclusion ? "excludes rows by" : "is unique over"
            return Problem(
                path: ["rollup"],
                message:
                    "the index \"\(index.name)\" of \"\(index.table)\" \(what) \(list), so it would refuse "
                    + "rows with different keys",
                remedy:
                    "The key is \(key.joined(separator: ", ")): drop the constraint or index, or make its "
                    + "columns part of the dimensions."
            )
        }
    }

    /// A unique key of a partitioned table contains the columns by which it is partitioned.
    var partitionProblems: [Problem] {
        let others = partitionKey.subtracting(key).sorted()
        guard !others.isEmpty else { return [] }
        let list = others.map { $0.isEmpty ? "an expression" : "\"\($0)\"" }.joined(separator: ", ")
        return [
            Problem(
                path: ["rollup"], message: "the table is partitioned by \(list), which is not part of the key",
                remedy:
                    "Partition it by columns among \(key.joined(separator: ", ")): only these can be in its "
                    + "primary key."
            )
        ]
    }
}
