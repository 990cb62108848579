import PostgresClient

extension DoctorCheck {
    /// A cancel that strikes inside a trigger cannot be caught there: it ends the application's statement, as it
    /// would have a moment later.
    static let statementTimeouts = DoctorCheck("statement-timeout", needs: .sources) { examination, findings in
        let rows = try await examination.connection.query(
            """
            SELECT coalesce('role ' || r.rolname, 'database ' || d.datname, 'every role'), c.line
            FROM pg_db_role_setting AS s
            LEFT JOIN pg_roles AS r ON r.oid = s.setrole
            LEFT JOIN pg_database AS d ON d.oid = s.setdatabase
            CROSS JOIN unnest(s.setconfig) AS c (line)
            WHERE (s.setdatabase = 0 OR d.datname = current_database())
              AND lower(c.line) ~ '^(statement|transaction)_timeout=' AND c.line !~ '=0[a-z]*$'
              AND (s.setrole = 0 OR EXISTS (
                    SELECT FROM unnest($1::oid[]) AS t (oid)
                    WHERE has_table_privilege(s.setrole, t.oid, 'INSERT, UPDATE, DELETE')
                  ))
            ORDER BY 1, 2
            """, [examination.watched])
        for row in rows {
            let (subject, setting) = try row.decode(String.self, String.self)
            findings.add(
                .info, subject,
                "It has \(setting): a timeout that strikes inside the capture trigger ends the statement, and is not "
                    + "caught.",
                remedy: "Nothing, unless statements come close to the timeout already."
            )
        }
    }
}
