/// Which days an audit has to look at: those of either side, less those that nothing can be said of.
package enum AuditDays {
    /// Day and number of source rows, for all days or for those between `$1` and `$2` where a range is asked for.
    package static func query(_ source: SourceQuery, inRange: Bool = false) -> String {
        """
        SELECT d.day, max(d.source_rows)::bigint
        FROM (
            \(source.daysWithCounts(inRange: inRange))
            UNION ALL
            SELECT r.day, 0 FROM \(source.rollup.table.sql) AS r GROUP BY r.day
            UNION ALL
            SELECT e.day, 0 FROM daybook.events AS e WHERE e.rollup = \(source.rollupID) GROUP BY e.day
        ) AS d
        WHERE NOT EXISTS (SELECT FROM daybook.unbuilt AS u WHERE u.rollup = \(source.rollupID) AND u.day = d.day)
          AND NOT EXISTS (SELECT FROM daybook.thinned AS t WHERE t.rollup = \(source.rollupID) AND t.day = d.day)
        \(inRange ? "AND d.day BETWEEN $1::date AND $2::date" : "")
        GROUP BY d.day ORDER BY d.day
        """
    }
}
