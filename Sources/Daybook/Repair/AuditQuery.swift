/// The SQL that compares what the sources say with what the rollup holds, in one statement and so at one snapshot.
///
/// The rollup table equals the sources as of the stored cursor, and the event log tells what has happened since. So at
/// any snapshot `sources = table + events after the cursor`, and whatever does not cancel out is a difference. Nobody has
/// to stop for that, and the daemon need not run.
///
/// Both sides are taken apart into facts: for each key its count and sums (slot 0), for each key and label the number of
/// rows (slot j). Derived columns and the order of a breakdown follow from those; a row in which they do not is a
/// difference too (slot -1). Extremes and sets do not add up: ``SignedComparison``.
///
/// Parameters: `$1`, `$2`, `$3` as in ``SourceQuery``; `$4` and `$5` the stored cursor's `xmax` and transactions in progress;
/// `$6` the buckets of keys to look at (``BucketTotals``).
package struct AuditQuery: Sendable {
    private let rollup: Rollup
    private let rollupID: Int32
    private let source: SourceQuery
    private let table: TableQuery
    private let shape: RowShape

    package init(_ rollup: Rollup, id: Int32) {
        self.rollup = rollup
        rollupID = id
        source = SourceQuery(rollup, id: id)
        table = TableQuery(rollup)
        shape = RowShape(rollup)
    }

    /// Rows of the rollup table on the days `$1`: day, number.
    package var tableRows: String {
        "SELECT r.day, count(*) FROM \(rollup.table.sql) AS r WHERE r.day = ANY ($1::date[]) GROUP BY r.day"
    }

    /// The keys that differ: day, key, whether the table has a row for it, whether the sources have fewer rows than were
    /// counted.
    ///
    /// A row that has moved to another key, because its looked-up row has changed, is not lost: where a lookup can do
    /// that, rows are lost only on a day that has fewer of them in all.
    package var differences: String {
        let hasLookups = rollup.events.contains { $0.lookup != nil }
        let net = hasLookups ? " AND sum(sum(f.net)) OVER (PARTITION BY f.day) < 0" : ""
        return """
            SELECT f.day, f.key, coalesce(bool_or(f.has_lost_rows), false)\(net) AS has_lost_rows, bool_or(f.is_stored) AS is_stored
            FROM (\(comparisons.joined(separator: "\nUNION ALL\n"))) AS f WHERE f.differs GROUP BY f.day, f.key
            """
    }

    private var comparisons: [String] {
        rollup.isSigned ? [comparison, SignedComparison(rollup, id: rollupID).differences] : [comparison]
    }

    private var comparison: String {
        let values = ["n"] + shape.sums.map(\.name)
        let differs = values.map { "sum(a.\($0)) <> 0" }.joined(separator: " OR ")
        return """
            SELECT a.day, a.key, a.slot, a.label, (\(differs)) AS differs, a.slot = 0 AND sum(a.n) < 0 AS has_lost_rows,
                bool_or(a.is_stored) AS is_stored, CASE a.slot WHEN 0 THEN sum(a.n) ELSE 0 END AS net
            FROM (
                \(sourceFacts)
                UNION ALL
                \(tableFacts.joined(separator: "\n    UNION ALL\n    "))
                UNION ALL
                \(eventFacts.joined(separator: "\n    UNION ALL\n    "))
            ) AS a
            WHERE NOT EXISTS (
                SELECT FROM daybook.parked AS p WHERE p.rollup = \(rollupID) AND p.day = a.day AND p.key = a.key
            ) AND NOT EXISTS (
                SELECT FROM daybook.thinned AS t WHERE t.rollup = \(rollupID) AND t.day = a.day
            )
            GROUP BY a.day, a.key, a.slot, a.label
            """
    }

    private var sourceFacts: String {
        let columns =
            ["f.day", "\(shape.key(of: "f")) AS key", "f.slot", "f.label", "f.n::numeric"]
            + shape.sums.map { "CASE f.slot WHEN 0 THEN f.\($0.name) ELSE 0 END::numeric AS \($0.name)" }
            + ["false AS is_stored"]
        let bucket = BucketTotals.bucket(of: shape.dimensions.map { "r.\($0.name)" })
        let rows = "SELECT r.* FROM (\(source.rows)) AS r WHERE \(bucket) = ANY ($6::integer[])"
        return
            "SELECT \(columns.commaSeparated) FROM (\(source.facts(of: rows))) AS f WHERE f.slot <= \(rollup.labels.count)"
    }

    private var tableFacts: [String] {
        let counts = rollup.measures.filter { $0.kind == .count }.map { "r.\($0.name.quotedIdentifier)" }
        let bucket = BucketTotals.bucket(of: rollup.dimensions.map { "r.\($0.name.quotedIdentifier)" })
        let chosen = "r.day = ANY ($3::date[]) AND \(bucket) = ANY ($6::integer[])"
        let rows = "FROM \(rollup.table.sql) AS r WHERE \(chosen)"
        let columns =
            ["r.day", table.key, "0", "NULL::text", "-(\(counts[0])::numeric)"]
            + rollup.sums.map { "-(\($0.units(of: "r.\($0.name.quotedIdentifier)"))::numeric)" } + ["true"]
        var facts = ["SELECT \(columns.commaSeparated) \(rows)"]
        for (index, (column, label)) in zip(table.breakdownColumns, rollup.labels).enumerated() {
            let elements = Self.elements(of: "r.\(column.quotedIdentifier)")
            facts.append(
                """
                SELECT r.day, \(table.key), \(index + 1), x ->> \(label.quotedLiteral), \
                -coalesce((x ->> 'count')::numeric, 0)\(zeros), true
                FROM \(rollup.table.sql) AS r CROSS JOIN LATERAL \(elements) AS x WHERE \(chosen)
                """
            )
        }
        if !inconsistencies.isEmpty {
            facts.append(
                """
                SELECT r.day, \(table.key), -1, NULL::text, 1::numeric\(zeros), true
                \(rows) AND (\(inconsistencies.joined(separator: " OR ")))
                """
            )
        }
        return facts
    }

    /// In what way a row of the rollup table, as `r`, can contradict itself.
    var inconsistencies: [String] {
        let counts = rollup.measures.filter { $0.kind == .count }.map { "r.\($0.name.quotedIdentifier)" }
        return counts.dropFirst().map { "\($0) <> \(counts[0])" } + derivedDeviations + breakdownDeviations
            + setDeviations
    }

    static func pendingEvents(of rollupID: Int32) -> String {
        """
        FROM daybook.events AS e WHERE e.rollup = \(rollupID) AND e.day = ANY ($3::date[]) \
        AND (e.xid >= $4::xid8 OR e.xid = ANY ($5::xid8[]))
        """
    }

    private var eventFacts: [String] {
        let key = rollup.dimensions.enumerated().map { "e.key[\($0.offset + 1)]::\($0.element.type)" }
        let pending = """
            \(Self.pendingEvents(of: rollupID)) AND \(BucketTotals.bucket(of: key)) = ANY ($6::integer[])
            """
        let sums = shape.sums.map { ", -coalesce(e.addends[\($0.addend + 1)], 0)::numeric" }.joined()
        return ["SELECT e.day, e.key, 0, NULL::text, -(e.n::numeric)\(sums), false \(pending)"]
            + rollup.labels.indices.map { index in
                "SELECT e.day, e.key, \(index + 1), e.labels[\(index + 1)], -(e.n::numeric)\(zeros), false \(pending)"
            }
    }

    private var zeros: String {
        shape.sums.map { _ in ", 0::numeric" }.joined()
    }

    private var derivedDeviations: [String] {
        zip(rollup.derived, table.derivedColumns).map { "r.\($0.0.name.quotedIdentifier) IS DISTINCT FROM \($0.1)" }
    }

    private var setDeviations: [String] {
        rollup.distincts.map {
            "r.\($0.name.quotedIdentifier) IS DISTINCT FROM daybook.distinct_count(r.\($0.companion.quotedIdentifier))"
        }
    }

    private var breakdownDeviations: [String] {
        zip(table.breakdownColumns, rollup.labels).map { column, label in
            """
            r.\(column.quotedIdentifier) IS DISTINCT FROM (
                SELECT jsonb_agg(jsonb_build_object(\(label.quotedLiteral)::text, g.label, 'count', g.n)
                    ORDER BY g.n DESC, g.label COLLATE "C")
                FROM (
                    SELECT x ->> \(label.quotedLiteral) AS label, sum((x ->> 'count')::numeric) AS n
                    FROM \(Self.elements(of: "r.\(column.quotedIdentifier)")) AS x
                    GROUP BY 1 HAVING sum((x ->> 'count')::numeric) <> 0
                ) AS g
            )
            """
        }
    }

    static func elements(of column: String) -> String {
        "jsonb_array_elements(CASE jsonb_typeof(\(column)) WHEN 'array' THEN \(column) END)"
    }
}
