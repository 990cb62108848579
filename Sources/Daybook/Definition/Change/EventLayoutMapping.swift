/// SQL that turns an event logged under one definition into the same event under the next. A pure value.
///
/// What the earlier definition did not log is null: it is part of no number of a day that cannot be computed again.
package struct EventLayoutMapping: Sendable {
    private let old: Rollup
    private let new: Rollup

    package init(_ change: DefinitionChange) {
        old = change.renamed
        new = change.new
    }

    /// Of relation `e`, which has the log's columns.
    package var key: String {
        Self.array(
            new.dimensions.map { dimension in old.dimensions.firstIndex { $0.name == dimension.name } }, of: "e.key",
            "text[]", keeping: old.dimensions.count
        )
    }

    package var labels: String {
        let before = old.labels.map { "label \($0)" } + old.distincts.map { "hash \($0.name)" }
        let after = new.labels.map { "label \($0)" } + new.distincts.map { "hash \($0.name)" }
        return Self.array(
            after.map { before.firstIndex(of: $0) }, of: "e.labels", "text[]", keeping: before.count, isNullable: true)
    }

    package var addends: String {
        let (before, after) = (RowShape(old), RowShape(new))
        let positions = after.addends.indices.map { addend -> Int? in
            let measures = zip(new.sums, after.sums).filter { $1.addend == addend }.map(\.0)
            return zip(old.sums, before.sums).first { sum, _ in
                measures.contains { $0.name == sum.name && $0.kind == sum.kind }
            }?.1.addend
        }
        return Self.array(positions, of: "e.addends", "bigint[]", keeping: before.addends.count)
    }

    package var extremes: String {
        Self.array(
            new.extremes.map { measure in
                old.extremes.firstIndex { $0.name == measure.name && $0.kind == measure.kind }
            }, of: "e.extremes", "text[]", keeping: old.extremes.count, isNullable: true)
    }

    /// Whether an event means the same under both.
    package var isSame: Bool {
        [key == "e.key", labels == "e.labels", addends == "e.addends", extremes == "e.extremes"].allSatisfy(\.self)
    }

    /// - Parameter isNullable: whether the log has null where there are no elements.
    private static func array(
        _ positions: [Int?], of column: String, _ type: String, keeping count: Int, isNullable: Bool = false
    ) -> String {
        if positions == Array(0..<count) { return column }
        if positions.isEmpty { return isNullable ? "NULL::\(type)" : "'{}'::\(type)" }
        return "ARRAY[\(positions.map { $0.map { "\(column)[\($0 + 1)]" } ?? "NULL" }.commaSeparated)]::\(type)"
    }
}
