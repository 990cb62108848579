/// Notices who else writes to a table that has been adopted: each such transaction is a gap of the table, which the daemon
/// compares with the sources and repairs.
package enum RollupGuard {
    package static let trigger = "daybook_guard"
    package static let cause = "written by others"
    /// By which the daemon's own connection is known.
    static let application = "daybook"

    static func install(on table: QualifiedName) -> [String] {
        [
            """
            CREATE OR REPLACE FUNCTION daybook.guard_rollup() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
            SET search_path = pg_catalog, pg_temp
            AS $daybook$
            BEGIN
                PERFORM daybook.record_gap(TG_ARGV[0], '\(cause)', format('role %s, application %s', session_user,
                    coalesce(nullif(current_setting('application_name'), ''), 'unnamed')), NULL);
                RETURN NULL;
            END
            $daybook$
            """,
            """
            CREATE TRIGGER \(trigger) AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON \(table.sql) FOR EACH STATEMENT
            WHEN (pg_catalog.current_setting('application_name') OPERATOR(pg_catalog.<>) '\(application)')
            EXECUTE FUNCTION daybook.guard_rollup(\(table.description.quotedLiteral))
            """,
            "ALTER TABLE \(table.sql) ENABLE ALWAYS TRIGGER \(trigger)",
        ]
    }

    static func remove(from table: QualifiedName) -> String {
        "DROP TRIGGER IF EXISTS \(trigger) ON \(table.sql)"
    }
}
