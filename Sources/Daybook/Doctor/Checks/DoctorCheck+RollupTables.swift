import PostgresClient

extension DoctorCheck {
    /// Rollup tables that a flush cannot write.
    static let rollupTables = DoctorCheck("rollup-table", needs: .feed) { examination, findings in
        for rollup in examination.rollups ?? [] {
            guard let feed = examination.feed, feed.rollups.contains(where: { $0.name == rollup.name }) else {
                continue
            }
            guard let table = feed.rollupTables[rollup.table] else {
                findings.add(
                    .error, rollup.table.description, "The rollup is installed, but its table is gone.",
                    remedy: "Run `daybook uninstall` and `daybook install`; the daemon then builds it from its sources."
                )
                continue
            }
            let wanted = RollupTable(rollup).keyColumns + rollup.measures.map(\.name) + rollup.derived.map(\.name)
            let missing = wanted.filter { !table.columns.contains($0) }
            if !missing.isEmpty {
                findings.add(
                    .error, rollup.table.description, "It lacks the columns \(missing.commaSeparated).",
                    remedy: "Run `daybook install`, and then `daybook verify`.")
            } else if !table.hasKeyIndex {
                findings.add(
                    .error, rollup.table.description,
                    "It has no unique index over its key, without which no flush can be.",
                    remedy: "Run `daybook install`.", as: "rollup-key-index")
            }
        }
    }

    /// Who besides the daemon could change the numbers.
    static let rollupWriters = DoctorCheck("rollup-writers", needs: .feed) { examination, findings in
        let rows = try await examination.connection.query(
            """
            WITH tables AS (
                SELECT c.oid, r.table_schema || '.' || r.table_name AS name, c.relacl, c.relowner
                FROM daybook.rollups AS r
                JOIN pg_namespace AS n ON n.nspname = r.table_schema
                JOIN pg_class AS c ON c.relnamespace = n.oid AND c.relname = r.table_name
            )
            SELECT t.name, 'trigger ' || g.tgname FROM tables AS t
            JOIN pg_trigger AS g ON g.tgrelid = t.oid AND NOT g.tgisinternal AND g.tgenabled <> 'D'
                AND g.tgname <> '\(RollupGuard.trigger)'
            UNION
            SELECT t.name, CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE 'role ' || pg_get_userbyid(a.grantee) END
            FROM tables AS t
            CROSS JOIN aclexplode(t.relacl) AS a
            WHERE a.grantee <> t.relowner AND a.privilege_type IN ('INSERT', 'UPDATE', 'DELETE', 'TRUNCATE')
            ORDER BY 1, 2
            """)
        for row in rows {
            let (table, who) = try row.decode(String.self, String.self)
            let isTrigger = who.hasPrefix("trigger ")
            findings.add(
                .info, table,
                isTrigger ? "It has the \(who), which runs with every flush." : "\(who) may write to it.",
                remedy: isTrigger
                    ? "Keep it fast, and let it leave the rollup's own columns alone."
                    : "Only the daemon should write it; take the right away (REVOKE) if nothing needs it."
            )
        }
    }
}
