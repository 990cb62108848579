import PostgresClient

extension DoctorCheck {
    /// The triggers write with the rights of their functions' owner.
    static let captureRights = DoctorCheck("capture-rights", needs: .feed) { examination, findings in
        let rows = try await examination.connection.query(
            """
            SELECT pg_get_userbyid(p.proowner)::text, count(*)
            FROM pg_proc AS p
            JOIN pg_namespace AS n ON n.oid = p.pronamespace
            WHERE n.nspname = 'daybook' AND p.prosecdef AND NOT (
                has_schema_privilege(p.proowner, n.oid, 'USAGE')
                AND has_table_privilege(p.proowner, 'daybook.events', 'INSERT')
                AND has_table_privilege(p.proowner, 'daybook.gaps', 'SELECT')
                AND has_table_privilege(p.proowner, 'daybook.gaps', 'INSERT')
            )
            GROUP BY 1
            ORDER BY 1
            """)
        for row in rows {
            let (role, functions) = try row.decode(String.self, Int.self)
            findings.add(
                .error, "role \(role)",
                "It owns \(functions) of the capture functions but may not write the event log, so they capture "
                    + "nothing.",
                remedy:
                    "Give the functions back to the owner of schema daybook: ALTER FUNCTION daybook.… OWNER TO …; then "
                    + "run `daybook verify`."
            )
        }
    }
}
