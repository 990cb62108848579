import PostgresClient

extension DoctorCheck {
    /// A library of another version may order texts differently from the indexes that stand.
    static let collationVersions = DoctorCheck("collation-version") { examination, findings in
        let database = try await examination.connection.query(
            """
            SELECT datname::text, datcollversion, pg_database_collation_actual_version(oid) FROM pg_database
            WHERE datname = current_database() AND datcollversion <> pg_database_collation_actual_version(oid)
            """)
        for row in database {
            let (name, recorded, actual) = try row.decode(String.self, String.self, String.self)
            findings.add(
                .warning, "database \(name)", evidence(recorded, actual),
                remedy:
                    "REINDEX DATABASE \(name.quotedIdentifier); then ALTER DATABASE \(name.quotedIdentifier) REFRESH "
                    + "COLLATION VERSION; and run `daybook verify`."
            )
        }
        let collations = try await examination.connection.query(
            """
            SELECT n.nspname::text, l.collname::text, l.collversion, pg_collation_actual_version(l.oid)
            FROM pg_collation AS l
            JOIN pg_namespace AS n ON n.oid = l.collnamespace
            WHERE l.collversion <> pg_collation_actual_version(l.oid) AND EXISTS (
                SELECT FROM pg_attribute AS a JOIN pg_class AS c ON c.oid = a.attrelid
                WHERE a.attcollation = l.oid AND c.relkind IN ('r', 'p', 'i', 'I', 'm')
            )
            ORDER BY 1, 2
            """)
        for row in collations {
            let (schema, name, recorded, actual) = try row.decode(String.self, String.self, String.self, String.self)
            let collation = QualifiedName(schema: schema, name: name)
            findings.add(
                .warning, "collation \(collation)", evidence(recorded, actual),
                remedy:
                    "REINDEX the indexes that use it, then ALTER COLLATION \(collation.sql) REFRESH VERSION; and run "
                    + "`daybook verify`."
            )
        }
    }

    private static func evidence(_ recorded: String, _ actual: String) -> String {
        "It was made with version \(recorded) of its library, and the server has \(actual): indexes over text may be "
            + "out of "
            + "order, and expressions may give other results than they did."
    }
}
