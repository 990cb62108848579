import PostgresClient

extension DoctorCheck {
    /// What an INSTEAD rule does in place of a statement fires the triggers of other tables, if any.
    static let rules = DoctorCheck("rule", needs: .sources) { examination, findings in
        let rows = try await examination.connection.query(
            """
            SELECT ev_class, rulename::text,
                CASE ev_type WHEN '2' THEN 'UPDATE' WHEN '3' THEN 'INSERT' ELSE 'DELETE' END
            FROM pg_rewrite
            WHERE ev_class = ANY ($1::oid[]) AND is_instead AND ev_type IN ('2', '3', '4') AND ev_enabled <> 'D'
            ORDER BY ev_class, rulename
            """, [examination.watched])
        for row in rows {
            let (table, rule, operation) = try row.decode(UInt32.self, String.self, String.self)
            findings.add(
                .warning, examination.name(of: table).description,
                "The rule \(rule) does something else INSTEAD of \(operation), which the table's triggers do not see.",
                remedy:
                    "Replace it by a trigger: DROP RULE \(rule.quotedIdentifier) ON \(examination.name(of: table).sql);"
            )
        }
    }
}
