/// The SQL that reads what a rollup's rows should be out of its sources, through the event functions.
///
/// `$1` and `$2` are the first and the last day wanted, `$3` the exact days as a `date[]`. Rows carry the columns of
/// ``RowShape``; measured rows have `n`, `v1…` (sums, numeric), `b1…` (jsonb), `x1…` (text) and `d1…` (bytea) in place
/// of labels and single values.
package struct SourceQuery: Sendable {
    package let rollup: Rollup
    package let rollupID: Int32
    private let shape: RowShape

    package init(_ rollup: Rollup, id: Int32) {
        self.rollup = rollup
        self.rollupID = id
        self.shape = RowShape(rollup)
    }

    /// Every day that has rows in the sources, with their number; for a range, those of the days `$1` to `$2` and perhaps
    /// some beside them.
    package func daysWithCounts(inRange: Bool = false) -> String {
        let rows = events.map { event, function in
            let alias = event.source.table.name.quotedIdentifier
            let rows = inRange ? rowsInRange(of: event, as: alias) : event.source.table.sql
            return "SELECT e.day FROM \(function.rows(of: rows, as: alias))"
        }
        return """
            SELECT r.day, count(*) AS source_rows
            FROM (
                \(rows.joined(separator: "\n    UNION ALL\n    "))
            ) AS r
            GROUP BY r.day
            """
    }

    /// One row for each source row in the days wanted, of ``RowShape``.
    package var rows: String {
        events.map { event, function in
            let alias = event.source.table.name.quotedIdentifier
            return """
                SELECT \(shape.columns.map { "e.\($0.name)" }.commaSeparated)
                FROM \(function.rows(of: rowsInRange(of: event, as: alias), as: alias))
                WHERE e.day = ANY ($3::date[])
                """
        }.joined(separator: "\nUNION ALL\n")
    }

    /// Counts, sums and label counts at two grains: `slot` 0 has one row for each key, `slot` j one for each key and
    /// value of the j-th label, in `label`; behind the labels come the hashes.
    package func facts(of rows: String) -> String {
        let keys = ["r.day"] + shape.dimensions.map { "r.\($0.name)" }
        let totals =
            ["count(*) AS n"]
            + shape.sums.map { "coalesce(sum(r.\(shape.addends[$0.addend].name)), 0) AS \($0.name)" }
            + zip(shape.extremes, shape.outermost(of: "r")).map { "\($1) AS \($0.name)" }
        guard !shape.labels.isEmpty else {
            return """
                SELECT \((keys + ["0 AS slot", "NULL::text AS label"] + totals).commaSeparated)
                FROM (\(rows)) AS r
                GROUP BY \(keys.commaSeparated)
                """
        }
        let labels = shape.labels.map { "r.\($0.name)" }
        let sets = ["(\(keys.commaSeparated))"] + labels.map { "(\((keys + [$0]).commaSeparated))" }
        let slot = labels.enumerated().map { "WHEN grouping(\($0.element)) = 0 THEN \($0.offset + 1)" }.joined(
            separator: " ")
        let label = labels.map { "WHEN grouping(\($0)) = 0 THEN \($0)" }.joined(separator: " ")
        return """
            SELECT \((keys + ["CASE \(slot) ELSE 0 END AS slot", "CASE \(label) END AS label"] + totals).commaSeparated)
            FROM (\(rows)) AS r
            GROUP BY GROUPING SETS (\(sets.commaSeparated))
            """
    }

    /// One row for each key, as the rollup table holds it but for the column names.
    package func measured(_ rows: String) -> String {
        let keys = ["f.day"] + shape.dimensions.map { "f.\($0.name)" }
        guard !shape.labels.isEmpty else { return facts(of: rows) }
        let totals =
            (["n"] + shape.sums.map(\.name)).map { "max(f.\($0)) FILTER (WHERE f.slot = 0) AS \($0)" }
            + shape.extremes.map { "max(f.\($0.name) COLLATE \"C\") FILTER (WHERE f.slot = 0) AS \($0.name)" }
        let breakdowns = rollup.labels.enumerated().map { index, label in
            """
            jsonb_agg(jsonb_build_object(\(label.quotedLiteral)::text, f.label, 'count', f.n)
                ORDER BY f.n DESC, f.label COLLATE "C") FILTER (WHERE f.slot = \(index + 1)) AS b\(index + 1)
            """
        }
        let sets = shape.sets.enumerated().map { index, name in
            let only = "FILTER (WHERE f.slot = \(rollup.labels.count + index + 1) AND f.label IS NOT NULL)"
            let hash = "f.label::bigint"
            return """
                daybook.distinct_sketch(array_agg(CASE WHEN f.slot > \(rollup.labels.count) THEN \(hash) END) \(only),
                    array_agg(f.n) \(only)) AS \(name)
                """
        }
        return """
            SELECT \((keys + totals + breakdowns + sets).commaSeparated)
            FROM (\(facts(of: rows))) AS f
            GROUP BY \(keys.commaSeparated)
            """
    }

    /// The measured rows of the keys given by position in `$4…`, one `text[]` for each dimension. Keys are matched by hash,
    /// which can be joined whatever is null in them; rows of other keys may come along.
    package var measuredRowsOfKeys: String {
        let columns = shape.dimensions.enumerated().map { "$\($0.offset + 4)::text[]" }
        guard !columns.isEmpty else { return measured(rows) }
        let wanted = BucketTotals.hash(of: shape.dimensions.map { "u.\($0.name)::\($0.type)" })
        return measured(
            """
            SELECT r.* FROM (\(rows)) AS r
            WHERE \(BucketTotals.hash(of: shape.dimensions.map { "r.\($0.name)" })) IN (
                SELECT \(wanted)
                FROM unnest(\(columns.commaSeparated)) AS u(\(shape.dimensions.map(\.name).commaSeparated))
            )
            """
        )
    }

    private var events: [(Rollup.Event, EventFunction)] {
        rollup.events.indices.map { index in
            (rollup.events[index], EventFunction(rollup: rollup, rollupID: rollupID, eventIndex: index))
        }
    }

    /// The condition stands inside, where names can only mean the source's own columns.
    private func rowsInRange(of event: Rollup.Event, as alias: String) -> String {
        "(SELECT * FROM \(event.source.table.sql) AS \(alias) WHERE \(range(of: event)))"
    }

    /// The days wanted as a range of the event's own time, so that an index on it can be used. It may be wider than the
    /// days (a zone's clock goes back and forth); `day` itself decides.
    private func range(of event: Rollup.Event) -> String {
        let zone = rollup.definition.timeZone
        let at = parenthesized(event.at)
        // Days go on where timestamps end; an event that has a date may ask for them beside one that has a timestamp.
        let end = zone == "UTC" ? "'294276-12-31'" : "'294276-12-29'"
        let first = "least($1::date, \(end))::timestamp"
        let last = "(least($2::date, \(end)) + time '23:59:59.999999')"
        switch event.atType {
        case .date: return "\(at) BETWEEN $1::date AND $2::date"
        case .timestamp where zone == "UTC": return "\(at) BETWEEN \(first) AND \(last)"
        case .timestampWithTimeZone where zone == "UTC":
            return "\(at) BETWEEN (\(first) AT TIME ZONE 'UTC') AND (\(last) AT TIME ZONE 'UTC')"
        case .timestamp, .timestampWithTimeZone:
            let name = zone.quotedLiteral
            let back = event.atType == .timestamp ? " AT TIME ZONE 'UTC'" : ""
            return """
                \(at) BETWEEN (((\(first) AT TIME ZONE \(name)) - interval '1 day')\(back)) \
                AND (((\(last) AT TIME ZONE \(name)) + interval '1 day')\(back))
                """
        }
    }
}
