/// The SQL between a measure's columns and the form in which rows travel: ``RankedText`` for extremes, sketches for
/// sets.
extension Rollup.Measure {
    /// Of an extreme: its key, out of the rollup table's row.
    package func key(ofRow alias: String) -> String {
        let column = "\(alias).\(name.quotedIdentifier)"
        guard let order = kind.order else { return "NULL" }
        guard kind.isDated else { return RankedText.key(ofRank: order.rank(of: column)) }
        return "\(RankedText.key(ofRank: order.rank(of: "\(alias).\(companion.quotedIdentifier)"))) || \(column)::text"
    }

    /// Of an extreme: the values of the measure's columns, out of its key.
    package func values(ofKey key: String) -> [(column: String, value: String)] {
        guard let order = kind.order else { return [] }
        let ranked = order.value(ofRank: RankedText.rank(ofKey: key))
        guard kind.isDated else { return [(name, "(\(ranked))::\(type)")] }
        return [(name, "\(RankedText.text(ofKey: key))::\(type)"), (companion, ranked)]
    }

    /// Of a set: the values of the measure's columns, out of its sketch.
    package func values(ofSketch sketch: String) -> [(column: String, value: String)] {
        [(name, "daybook.distinct_count(\(sketch))"), (companion, sketch)]
    }

    /// The column beside the measure's own; the measure's own where there is none.
    package var companion: String { columns.last?.name ?? name }
}
