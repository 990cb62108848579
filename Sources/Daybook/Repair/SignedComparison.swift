/// The SQL that compares what does not add up: extremes and sets, key by key (slot -2 of ``AuditQuery``).
///
/// An extreme of the sources has to be the outermost of the table's and of those that have come since the cursor,
/// unless something has gone since that reaches it: then only the sources know, and the daemon will ask them. A set is
/// compared where nothing has come or gone since.
struct SignedComparison {
    private let rollup: Rollup
    private let rollupID: Int32
    private let source: SourceQuery
    private let table: TableQuery
    private let shape: RowShape

    init(_ rollup: Rollup, id: Int32) {
        self.rollup = rollup
        rollupID = id
        source = SourceQuery(rollup, id: id)
        table = TableQuery(rollup)
        shape = RowShape(rollup)
    }

    /// The columns of ``AuditQuery``'s own comparison, with its parameters.
    var differences: String {
        let differs = shape.extremes.map(isDifferent) + shape.sets.map(isDifferent)
        return """
            SELECT a.day, a.key, -2, NULL::text, (\(differs.joined(separator: " OR "))), false, bool_or(a.side = 'table'), 0
            FROM (
                \([sourceSide, tableSide, eventSide].joined(separator: "\n    UNION ALL\n    "))
            ) AS a
            WHERE NOT EXISTS (
                SELECT FROM daybook.parked AS p WHERE p.rollup = \(rollupID) AND p.day = a.day AND p.key = a.key
            ) AND NOT EXISTS (
                SELECT FROM daybook.thinned AS t WHERE t.rollup = \(rollupID) AND t.day = a.day
            )
            GROUP BY a.day, a.key
            """
    }

    private func isDifferent(_ extreme: (name: String, type: String, end: Extreme)) -> String {
        func outermost(_ sides: String) -> String {
            "\(extreme.end.aggregate)(a.\(extreme.name) COLLATE \"C\") FILTER (WHERE a.side IN (\(sides)))"
        }
        let kept = outermost("'table', 'came'")
        return """
            \(outermost("'source'")) IS DISTINCT FROM \(kept) \
            AND NOT coalesce(\(outermost("'went'")) \(extreme.end == .smallest ? "<=" : ">=") \(kept), false)
            """
    }

    private func isDifferent(_ set: String) -> String {
        func sketch(_ side: String) -> String { "(array_agg(a.\(set)) FILTER (WHERE a.side = '\(side)'))[1]" }
        return "\(sketch("source")) IS DISTINCT FROM \(sketch("table")) AND NOT bool_or(a.side IN ('came', 'went'))"
    }

    private var sourceSide: String {
        let bucket = BucketTotals.bucket(of: shape.dimensions.map { "r.\($0.name)" })
        let rows = "SELECT r.* FROM (\(source.rows)) AS r WHERE \(bucket) = ANY ($6::integer[])"
        let columns =
            ["'source' AS side", "m.day", "\(shape.key(of: "m")) AS key"]
            + (shape.extremes.map(\.name) + shape.sets).map { "m.\($0)" }
        return "SELECT \(columns.commaSeparated) FROM (\(source.measured(rows))) AS m"
    }

    private var tableSide: String {
        let bucket = BucketTotals.bucket(of: rollup.dimensions.map { "r.\($0.name.quotedIdentifier)" })
        let columns =
            ["'table'", "r.day", table.key] + rollup.extremes.map { $0.key(ofRow: "r") }
            + rollup.distincts.map { "r.\($0.companion.quotedIdentifier)" }
        return """
            SELECT \(columns.commaSeparated) FROM \(rollup.table.sql) AS r
            WHERE r.day = ANY ($3::date[]) AND \(bucket) = ANY ($6::integer[])
            """
    }

    private var eventSide: String {
        let key = rollup.dimensions.enumerated().map { "e.key[\($0.offset + 1)]::\($0.element.type)" }
        let columns =
            ["CASE WHEN e.n > 0 THEN 'came' ELSE 'went' END", "e.day", "e.key"]
            + shape.extremes.indices.map { "e.extremes[\($0 + 1)]" } + shape.sets.map { _ in "NULL::bytea" }
        return """
            SELECT \(columns.commaSeparated) \(AuditQuery.pendingEvents(of: rollupID))
            AND \(BucketTotals.bucket(of: key)) = ANY ($6::integer[])
            """
    }
}
