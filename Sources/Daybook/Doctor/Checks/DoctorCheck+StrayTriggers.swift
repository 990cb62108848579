import PostgresClient

extension DoctorCheck {
    /// Tables that were partitions once: their triggers go on counting rows that the source no longer has.
    static let strayTriggers = DoctorCheck("partition-detached", needs: .feed) { examination, findings in
        let rows = try await examination.connection.query(
            """
            SELECT n.nspname::text, c.relname::text, coalesce(s.oid::regclass::text, 'a table that is gone'),
                array_agg(t.tgname::text ORDER BY t.tgname)
            FROM pg_trigger AS t
            JOIN pg_proc AS p ON p.oid = t.tgfoid
            CROSS JOIN LATERAL (SELECT substring(p.proname FROM '^(?:capture|lookup)_([0-9]+)_')) AS f (source)
            LEFT JOIN pg_class AS s ON s.oid = f.source::oid
            JOIN pg_class AS c ON c.oid = t.tgrelid
            JOIN pg_namespace AS n ON n.oid = c.relnamespace
            WHERE p.pronamespace = (SELECT oid FROM pg_namespace WHERE nspname = 'daybook')
              AND t.tgrelid <> f.source::oid
              AND NOT EXISTS (SELECT FROM pg_partition_ancestors(t.tgrelid) AS a (oid) WHERE a.oid = f.source::oid)
            GROUP BY 1, 2, 3
            ORDER BY 1, 2
            """)
        for row in rows {
            let (schema, name, source, triggers) = try row.decode(String.self, String.self, String.self, [String].self)
            let table = QualifiedName(schema: schema, name: name)
            let drops = triggers.map {
                "DROP TRIGGER \($0) ON \(table.sql);"
            }
            findings.add(
                .error, table.description,
                "It is no partition of \(source) any more, but its triggers still count its rows as rows of it.",
                remedy: "Take the triggers away: \(drops.joined(separator: " ")) Then run `daybook verify`."
            )
        }
    }
}
