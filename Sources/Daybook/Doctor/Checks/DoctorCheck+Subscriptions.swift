import PostgresClient

extension DoctorCheck {
    /// Logical replication applies rows without firing triggers for each statement.
    static let subscriptions = DoctorCheck("subscription", needs: .sources) { examination, findings in
        let rows = try await examination.connection.query(
            """
            SELECT s.subname::text, s.subenabled, r.srrelid
            FROM pg_subscription AS s
            JOIN pg_subscription_rel AS r ON r.srsubid = s.oid
            WHERE r.srrelid = ANY ($1::oid[])
            ORDER BY s.subname, r.srrelid
            """, [examination.watched])
        for row in rows {
            let (name, isEnabled, table) = try row.decode(String.self, Bool.self, UInt32.self)
            findings.add(
                isEnabled ? .error : .warning, examination.name(of: table).description,
                "The subscription \(name) \(isEnabled ? "writes" : "is disabled, but when enabled writes") rows to "
                    + "it, and "
                    + "logical replication fires no statement triggers: they are not captured.",
                remedy:
                    "Run Daybook on the publisher, or leave the table out of the subscription; until then `daybook "
                    + "verify` "
                    + "finds the difference."
            )
        }
    }
}
