package import PostgresClient

/// Which days an audit has to look at: those of either side, less those that nothing can be said of.
package enum AuditDays {
    /// Day and number of source rows, for all days or for those of a range, whose bounds are `$1` and `$2`.
    ///
    /// The numbers tell how many days to compare at a time. A single day is compared in one piece whatever its number, so
    /// the sources are not asked for it, and the number is 0.
    package static func query(_ source: SourceQuery, in range: ClosedRange<PostgresDate>? = nil) -> String {
        guard let range else { return comparable(days(source, inRange: false), of: source) }
        guard range.lowerBound != range.upperBound else {
            return comparable("SELECT $1::date AS day, 0 AS source_rows WHERE $2::date = $1::date", of: source)
        }
        return comparable(days(source, inRange: true), of: source, "AND d.day BETWEEN $1::date AND $2::date")
    }

    private static func days(_ source: SourceQuery, inRange: Bool) -> String {
        """
        \(source.daysWithCounts(inRange: inRange))
            UNION ALL
            SELECT r.day, 0 FROM \(source.rollup.table.sql) AS r GROUP BY r.day
            UNION ALL
            SELECT e.day, 0 FROM daybook.events AS e WHERE e.rollup = \(source.rollupID) GROUP BY e.day
        """
    }

    private static func comparable(_ days: String, of source: SourceQuery, _ condition: String = "") -> String {
        """
        SELECT d.day, max(d.source_rows)::bigint
        FROM (
            \(days)
        ) AS d
        WHERE NOT EXISTS (SELECT FROM daybook.unbuilt AS u WHERE u.rollup = \(source.rollupID) AND u.day = d.day)
          AND NOT EXISTS (SELECT FROM daybook.thinned AS t WHERE t.rollup = \(source.rollupID) AND t.day = d.day)
        \(condition)
        GROUP BY d.day ORDER BY d.day
        """
    }
}
