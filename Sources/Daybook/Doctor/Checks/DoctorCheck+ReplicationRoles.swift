import PostgresClient

extension DoctorCheck {
    /// Sessions in which only triggers that are enabled ALWAYS or REPLICA fire.
    static let replicationRoles = DoctorCheck("replication-role") { examination, findings in
        let evidence =
            "It makes session_replication_role replica: triggers that are not enabled ALWAYS, and foreign-key "
            + "cascades, do "
            + "not run there."
        let rows = try await examination.connection.query(
            """
            SELECT r.rolname::text, d.datname::text
            FROM pg_db_role_setting AS s
            LEFT JOIN pg_roles AS r ON r.oid = s.setrole
            LEFT JOIN pg_database AS d ON d.oid = s.setdatabase
            WHERE (s.setdatabase = 0 OR d.datname = current_database())
              AND EXISTS (
                SELECT FROM unnest(s.setconfig) AS c (line) WHERE lower(c.line) = 'session_replication_role=replica'
              )
            ORDER BY 1, 2
            """)
        for row in rows {
            let (role, database) = try row.decode(String?.self, String?.self)
            let subject = [role.map { "role \($0)" }, database.map { "database \($0)" }].compactMap(\.self)
            let names = [
                role.map { "ROLE \($0.quotedIdentifier)" }, database.map { "DATABASE \($0.quotedIdentifier)" },
            ]
            findings.add(
                .warning, subject.joined(separator: " in "), evidence,
                remedy:
                    "ALTER \(names.compactMap(\.self).joined(separator: " IN ")) RESET session_replication_role; and "
                    + "set it "
                    + "for the single transaction that needs it."
            )
        }
        let setting = try await examination.connection.query(
            """
            SELECT FROM pg_settings
            WHERE name = 'session_replication_role' AND reset_val = 'replica'
              AND source NOT IN ('database', 'user', 'database user')
            """)
        if !setting.isEmpty {
            findings.add(
                .warning, "server", evidence,
                remedy: "Take session_replication_role out of postgresql.conf, the command line or PGOPTIONS."
            )
        }
    }
}
