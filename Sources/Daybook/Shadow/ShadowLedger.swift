package import PostgresClient

/// What the nights' comparisons have found, as the database remembers it.
package enum ShadowLedger {
    /// Findings kept of a day that is longer ago than ``recentDays``; of others ``ShadowComparison/findingsOfDay``.
    private static let findingsOfOldDay = 5
    private static let recentDays = 31

    /// Replaces what is known of the entry's days.
    package static func record(
        _ entry: ShadowReport.Entry, of rollup: Int32, today: PostgresDate, on connection: PostgresConnection
    ) async throws {
        for day in entry.days {
            let reasons = day.reasons.sorted { $0.key < $1.key }.map { "\(Breakdown.quoted($0.key)): \($0.value)" }
            try await connection.query(
                """
                INSERT INTO daybook.shadow_days AS s
                    (rollup, day, compared_at, rows, expected, wrong, missing, surplus, ours, reasons)
                VALUES ($1::integer, $2::date, $3::timestamptz, $4::bigint, $5::bigint, $6::bigint, $7::bigint, $8::bigint,
                    $9::bigint, $10::text::jsonb)
                ON CONFLICT (rollup, day) DO UPDATE SET
                    compared_at = EXCLUDED.compared_at, rows = EXCLUDED.rows, expected = EXCLUDED.expected,
                    wrong = EXCLUDED.wrong, missing = EXCLUDED.missing, surplus = EXCLUDED.surplus, ours = EXCLUDED.ours,
                    reasons = EXCLUDED.reasons
                """,
                [
                    rollup, day.day, day.comparedAt, day.rows, day.expected, day.wrong, day.missing, day.surplus,
                    day.ours, "{\(reasons.joined(separator: ", "))}",
                ]
            )
            try await connection.query(
                "DELETE FROM daybook.shadow_findings WHERE rollup = $1::integer AND day = $2::date", [rollup, day.day])
            let isRecent = day.day > today.advanced(by: -recentDays)
            let findings = entry.findings.filter { $0.day == day.day }
            for finding in findings.prefix(isRecent ? findings.count : findingsOfOldDay) {
                try await connection.query(
                    """
                    INSERT INTO daybook.shadow_findings
                        (rollup, day, key, column_name, theirs, right_value, reason, found_at)
                    VALUES ($1::integer, $2::date, $3::text[], $4::text, $5::text, $6::text, $7::text, $8::timestamptz)
                    """,
                    [
                        rollup, finding.day, finding.key, finding.column, finding.theirs, finding.right,
                        finding.reason, day.comparedAt,
                    ], cached: true
                )
            }
        }
    }

    /// Days that are closed and were not compared since, newest first, up to `last`.
    package static func due(
        rollup: Int32, through last: PostgresDate, limit: Int, on connection: PostgresConnection
    ) async throws -> [PostgresDate] {
        try await connection.query(
            """
            SELECT s.day FROM daybook.seals AS s
            LEFT JOIN daybook.shadow_days AS d ON d.rollup = s.rollup AND d.day = s.day
            WHERE s.rollup = $1::integer AND s.state = 'sealed' AND s.day <= $2::date
              AND (d.compared_at IS NULL OR d.compared_at < s.sealed_at)
              AND NOT EXISTS (SELECT FROM daybook.thinned AS t WHERE t.rollup = s.rollup AND t.day = s.day)
            ORDER BY s.day DESC LIMIT $3::integer
            """,
            [rollup, last, limit], cached: true
        ).map { try $0.decode(PostgresDate.self) }
    }

    /// What is known of a rollup's days since a day.
    static func read(
        into entry: inout ShadowReport.Entry, of rollup: Int32, since first: PostgresDate,
        on connection: PostgresConnection
    ) async throws {
        let days = try await connection.query(
            """
            SELECT day, compared_at, rows, expected, wrong, missing, surplus, ours,
                ARRAY(SELECT k FROM jsonb_each_text(reasons) AS e(k, v) ORDER BY k),
                ARRAY(SELECT v::bigint FROM jsonb_each_text(reasons) AS e(k, v) ORDER BY k)
            FROM daybook.shadow_days WHERE rollup = $1::integer AND day >= $2::date ORDER BY day
            """,
            [rollup, first]
        )
        for row in days {
            var day = ShadowReport.Day(
                day: try row.decode(PostgresDate.self, at: 0), comparedAt: try row.decode(PostgresTimestamp.self, at: 1)
            )
            day.rows = try row.decode(Int.self, at: 2)
            day.expected = try row.decode(Int.self, at: 3)
            day.wrong = try row.decode(Int.self, at: 4)
            day.missing = try row.decode(Int.self, at: 5)
            day.surplus = try row.decode(Int.self, at: 6)
            day.ours = try row.decode(Int.self, at: 7)
            let (names, counts) = (try row.decode([String].self, at: 8), try row.decode([Int64].self, at: 9))
            day.reasons = Dictionary(zip(names, counts.map(Int.init)), uniquingKeysWith: +)
            entry.days.append(day)
        }
        let findings = try await connection.query(
            """
            SELECT day, key, column_name, theirs, right_value, reason FROM daybook.shadow_findings
            WHERE rollup = $1::integer AND day >= $2::date ORDER BY day, key, column_name
            """,
            [rollup, first]
        )
        for row in findings {
            entry.findings.append(
                ShadowFinding(
                    rollup: entry.rollup, day: try row.decode(PostgresDate.self, at: 0),
                    key: try row.decode([String?].self, at: 1), column: try row.decode(String?.self, at: 2),
                    theirs: try row.decode(String?.self, at: 3), right: try row.decode(String?.self, at: 4),
                    reason: try row.decode(String.self, at: 5)))
        }
    }
}
