package import PostgresClient

/// Notices that somebody has touched the triggers through which changes are captured, or the set of partitions.
///
/// A trigger's fingerprint holds its `pg_trigger` row's own transaction id, so that even one that was switched off for a
/// load and on again is found. A changed fingerprint and the gap it opens are one commit.
package enum TriggerWatch {
    /// What has changed since the last look, by source.
    package struct Change: Sendable, Hashable {
        package var source: String
        package var cause: String
    }

    /// Every trigger that should be there, with its fingerprint as it is: NULL where it is missing, `off…` where it does
    /// not fire for everybody.
    private static let current = """
        SELECT o.name, o.source, o.fingerprint AS known,
            CASE
                WHEN t.oid IS NULL THEN NULL
                WHEN t.tgenabled <> 'A' THEN 'off ' || t.tgenabled::text || ' ' || t.xmin::text
                ELSE 'on ' || t.oid::text || ' ' || t.xmin::text || ' ' || p.xmin::text
            END AS found
        FROM daybook.objects AS o
        LEFT JOIN (
            pg_trigger AS t
            JOIN pg_class AS c ON c.oid = t.tgrelid
            JOIN pg_namespace AS n ON n.oid = c.relnamespace
            JOIN pg_proc AS p ON p.oid = t.tgfoid AND p.pronamespace = (SELECT oid FROM pg_namespace WHERE nspname = 'daybook')
        ) ON o.name = 'trigger ' || t.tgname::text || ' on "' || replace(n.nspname, '"', '""') || '"."'
            || replace(c.relname, '"', '""') || '" calling ' || p.proname::text
        WHERE o.source IS NOT NULL AND o.name LIKE 'trigger %'
        UNION ALL
        SELECT o.name, o.source, o.fingerprint, coalesce((
            SELECT string_agg(p.relid::oid::text, ',' ORDER BY p.relid::oid)
            FROM pg_partition_tree(to_regclass(substr(o.name, 15))) AS p WHERE p.level > 0
        ), '')
        FROM daybook.objects AS o WHERE o.name LIKE 'partitions of %'
        """

    /// Takes what stands now for what should be. The last statement of an installation.
    package static let acceptStatement = """
        UPDATE daybook.objects AS o SET fingerprint = w.found
        FROM (\(current)) AS w WHERE o.name = w.name AND o.fingerprint IS DISTINCT FROM w.found
        """

    /// Compares, opens a gap for each source of which something has changed, and tells them: source, cause.
    package static let lookStatement = """
        WITH changed AS (
            SELECT w.* FROM (\(current)) AS w WHERE w.known IS DISTINCT FROM w.found
        ), accepted AS (
            UPDATE daybook.objects AS o SET fingerprint = c.found FROM changed AS c WHERE o.name = c.name
        ), causes AS (
            SELECT source, CASE
                WHEN bool_or(name LIKE 'partitions of %') THEN 'partitions changed'
                WHEN bool_or(found IS NULL) THEN 'trigger missing'
                WHEN bool_or(found LIKE 'off %') THEN 'trigger disabled'
                ELSE 'trigger altered'
            END AS cause
            FROM changed GROUP BY source
        ), gaps AS (
            INSERT INTO daybook.gaps (source, cause) SELECT source, cause FROM causes
        )
        SELECT source, cause FROM causes ORDER BY source
        """

    /// Compares, and opens a gap for each source of which something has changed, in one transaction.
    package static func look(on connection: PostgresConnection) async throws -> [Change] {
        let rows = try await connection.query(
            lookStatement, cached: true
        )
        return try rows.map { row in
            let (source, cause) = try row.decode(String.self, String.self)
            return Change(source: source, cause: cause)
        }
    }

    /// Sources of which some trigger does not fire: their gaps stay open, since more may be missed at any moment.
    package static func blindSources(on connection: PostgresConnection) async throws -> [String] {
        try await connection.query(
            "SELECT DISTINCT w.source FROM (\(current)) AS w WHERE w.found IS NULL OR w.found LIKE 'off %' ORDER BY 1",
            cached: true
        ).map { try $0.decode(String.self) }
    }

    /// Triggers that fire for ordinary sessions only (`ENABLE TRIGGER USER` does that to a trigger that was ALWAYS), with
    /// the statement that restores what install had made.
    package static func demoted(on connection: PostgresConnection) async throws -> [String] {
        try await connection.query(
            """
            SELECT format('ALTER TABLE %I.%I ENABLE ALWAYS TRIGGER %I', n.nspname, c.relname, t.tgname)
            FROM pg_trigger AS t
            JOIN pg_class AS c ON c.oid = t.tgrelid
            JOIN pg_namespace AS n ON n.oid = c.relnamespace
            JOIN pg_proc AS p ON p.oid = t.tgfoid
            WHERE p.pronamespace = (SELECT oid FROM pg_namespace WHERE nspname = 'daybook')
              AND NOT t.tgisinternal AND t.tgenabled = 'O' AND t.tgname LIKE 'daybook\\_%'
            """,
            cached: true
        ).map { try $0.decode(String.self) }
    }
}
