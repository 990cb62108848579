import Foundation
package import PostgresClient

/// What of Daybook stands in a database, as its catalog tells.
package struct InstalledFeed: Sendable {
    /// The tables and sequences of schema `daybook`; nil when there is no such schema.
    package var relations: Set<String>?
    package var version: Int32?
    package var rollups: [InstalledRollup]
    package var lastRollupID: Int32
    /// Of functions and triggers, the statements that created them.
    package var objects: [String: String]
    /// Functions that really exist in the schema.
    package var functions: Set<String>
    /// Triggers of ours that really exist and are enabled ALWAYS, as `CaptureTrigger.name` writes them.
    package var triggers: Set<String>
    package var partitions: Set<PostgresDate>
    /// By table, for those rollup tables that exist.
    package var rollupTables: [QualifiedName: RollupTable.Existing]
    /// The server's day in UTC.
    package var today: PostgresDate
    /// Which sources of installed rollups are still there, by oid.
    package var tables: Set<UInt32> = []
}

/// A row of `daybook.rollups`.
package struct InstalledRollup: Sendable, Hashable {
    package var id: Int32
    package var name: String
    package var definition: String
    package var state: BuildState
    /// ``Rollup/declaration``; nil where an earlier version installed it.
    package var declaration: String?
    /// Whether its days are being computed again because its definition has changed.
    package var follows = false
    /// What days that cannot be computed again lack by the change under way, by column.
    package var lacks: [String: DefinitionChange.Lack] = [:]
    /// Events not counted yet; read by ``InstalledFeed/read(for:on:)``.
    package var pendingEvents = 0

    package enum BuildState: String, Sendable {
        /// Which days it has is not yet known.
        case unplanned
        /// Some days are not yet computed from the sources.
        case building
        case built
    }
}

extension InstalledFeed {
    /// Reads the state, in the transaction that the connection is in.
    package static func read(for rollups: [Rollup], on connection: PostgresConnection) async throws -> InstalledFeed {
        let today = try await connection.query("SELECT (clock_timestamp() AT TIME ZONE 'UTC')::date")
        let relations = try await connection.query(
            """
            SELECT c.relname::text, (SELECT count(*) FROM pg_namespace WHERE nspname = 'daybook')
            FROM pg_class c
            WHERE c.relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = 'daybook') AND c.relkind IN ('r', 'p', 'S')
            """
        )
        let schema = try await connection.query("SELECT FROM pg_namespace WHERE nspname = 'daybook'")
        var feed = InstalledFeed(
            relations: schema.isEmpty ? nil : Set(try relations.map { try $0.decode(String.self, at: 0) }),
            version: nil, rollups: [], lastRollupID: 0, objects: [:], functions: [], triggers: [], partitions: [],
            rollupTables: [:], today: try today[0].decode(PostgresDate.self)
        )
        for rollup in rollups {
            feed.rollupTables[rollup.table] = try await RollupTable.Existing.read(for: rollup, on: connection)
        }
        guard let names = feed.relations, names.contains("cursor"), names.contains("objects") else { return feed }
        feed.partitions = Set(names.compactMap(EventLogPartitions.day(ofPartition:)))
        feed.version = try await connection.query("SELECT version FROM daybook.cursor").first?.decode(Int32.self)
        feed.rollups = try await readRollups(on: connection)
        for index in feed.rollups.indices {
            feed.rollups[index].pendingEvents = try await connection.query(
                """
                SELECT count(*) FROM (
                    SELECT FROM daybook.events AS e, daybook.cursor AS c
                    WHERE e.rollup = $1::integer AND NOT pg_visible_in_snapshot(e.xid, c.position)
                        AND (e.xid >= pg_snapshot_xmax(c.position)
                            OR e.xid = ANY (ARRAY(SELECT pg_snapshot_xip(c.position))))
                    LIMIT $2::bigint
                ) AS pending
                """,
                [feed.rollups[index].id, InstallPlan.carriedEvents + 1]
            )[0].decode(Int.self)
        }
        feed.lastRollupID = try await connection.query("SELECT last_value::integer FROM daybook.rollup_ids")[0].decode(
            Int32.self)
        for row in try await connection.query("SELECT name, definition FROM daybook.objects") {
            let (name, definition) = try row.decode(String.self, String.self)
            feed.objects[name] = definition
        }
        feed.functions = Set(
            try await connection.query(
                """
                SELECT p.proname::text FROM pg_proc p
                WHERE p.pronamespace = (SELECT oid FROM pg_namespace WHERE nspname = 'daybook')
                """
            ).map { try $0.decode(String.self) }
        )
        feed.triggers = try await readTriggers(on: connection)
        let sources = feed.rollups.compactMap { $0.declaration.flatMap(Rollup.init(declaration:)) }
            .flatMap(\.events).flatMap { [$0.source.oid] + [$0.lookup?.table.oid].compactMap(\.self) }
        feed.tables = Set(
            try await connection.query("SELECT oid FROM pg_class WHERE oid = ANY ($1::oid[])", [sources])
                .map { try $0.decode(UInt32.self) })
        return feed
    }

    /// The installed rollups by name; empty where nothing is installed.
    package static func readRollups(on connection: PostgresConnection) async throws -> [InstalledRollup] {
        // A feed of an earlier version has not all of the columns.
        try await connection.query(
            """
            SELECT r.id, r.name, r.definition, r.state, j.row ->> 'declaration', j.row ->> 'follows' IS NOT NULL,
                coalesce(j.row ->> 'lacks', '{}')
            FROM daybook.rollups AS r CROSS JOIN LATERAL (SELECT to_jsonb(r) AS row) AS j ORDER BY r.name
            """
        ).map { row in
            let (id, name, definition, state, declaration, follows, lacks) = try row.decode(
                Int32.self, String.self, String.self, String.self, String?.self, Bool.self, String.self)
            return InstalledRollup(
                id: id, name: name, definition: definition, state: .init(rawValue: state) ?? .unplanned,
                declaration: declaration, follows: follows,
                lacks: try JSONDecoder().decode([String: String].self, from: Data(lacks.utf8))
                    .compactMapValues(DefinitionChange.Lack.init)
            )
        }
    }

    private static func readTriggers(on connection: PostgresConnection) async throws -> Set<String> {
        let rows = try await connection.query(
            """
            SELECT t.tgname::text, n.nspname::text, c.relname::text, p.proname::text
            FROM pg_trigger t
            JOIN pg_class c ON c.oid = t.tgrelid
            JOIN pg_namespace n ON n.oid = c.relnamespace
            JOIN pg_proc p ON p.oid = t.tgfoid
            WHERE p.pronamespace = (SELECT oid FROM pg_namespace WHERE nspname = 'daybook')
              AND t.tgenabled = 'A' AND NOT t.tgisinternal
            """
        )
        return Set(
            try rows.map { row in
                let (trigger, schema, table, function) = try row.decode(
                    String.self, String.self, String.self, String.self)
                return CaptureTrigger.name(trigger, on: QualifiedName(schema: schema, name: table), calling: function)
            }
        )
    }
}

/// How a trigger of ours is named in `daybook.objects`.
package enum CaptureTrigger {
    package static func name(_ trigger: String, on table: QualifiedName, calling function: String) -> String {
        "trigger \(trigger) on \(table.sql) calling \(function)"
    }
}

extension RollupTable.Existing {
    /// What the catalog says of a rollup's table, or nil where there is none.
    package static func read(for rollup: Rollup, on connection: PostgresConnection) async throws -> Self? {
        let columns = try await connection.query(
            "SELECT attname::text FROM pg_attribute WHERE attrelid = to_regclass($1::text) AND attnum > 0 AND NOT attisdropped",
            [rollup.table.sql]
        )
        guard !columns.isEmpty else { return nil }
        let facts = try await connection.query(
            """
            SELECT
                EXISTS (SELECT FROM pg_index i WHERE i.indrelid = c.oid AND i.indisprimary),
                EXISTS (
                    SELECT FROM pg_index i
                    WHERE i.indrelid = c.oid AND i.indisunique AND i.indisvalid AND i.indpred IS NULL AND i.indexprs IS NULL
                      AND (i.indnullsnotdistinct OR NOT $3::boolean)
                      AND ARRAY(
                            SELECT a.attname::text FROM unnest(i.indkey[0 : i.indnkeyatts - 1]) k(attnum)
                            JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.attnum ORDER BY 1
                          ) = ARRAY(SELECT unnest($2::text[]) ORDER BY 1)
                ),
                coalesce(array_to_string(c.reloptions, ',') LIKE '%fillfactor%', false) OR c.relkind <> 'r'
            FROM pg_class c WHERE c.oid = to_regclass($1::text)
            """,
            [rollup.table.sql, RollupTable(rollup).keyColumns, rollup.dimensions.contains(where: \.isNullable)]
        )
        let (primary, key, fill) = try facts[0].decode(Bool.self, Bool.self, Bool.self)
        let keys = try await connection.query(
            """
            SELECT coalesce(k.conname, x.relname)::text, k.oid IS NOT NULL, i.indisprimary, i.indnullsnotdistinct, ARRAY(
                SELECT a.attname::text FROM unnest(i.indkey[0 : i.indnkeyatts - 1]) n(attnum)
                JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = n.attnum ORDER BY 1
            )
            FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid
            LEFT JOIN pg_constraint k ON k.conindid = i.indexrelid AND k.contype IN ('p', 'u')
            WHERE i.indrelid = to_regclass($1::text) AND i.indisunique AND i.indisvalid AND i.indpred IS NULL
                AND i.indexprs IS NULL
            ORDER BY 1
            """,
            [rollup.table.sql]
        )
        return Self(
            columns: Set(try columns.map { try $0.decode(String.self) }),
            hasPrimaryKey: primary, hasKeyIndex: key, hasFillFactor: fill,
            keys: try keys.map { row in
                let (name, isConstraint, isPrimary, nulls, columns) = try row.decode(
                    String.self, Bool.self, Bool.self, Bool.self, [String].self)
                return Key(
                    name: name, isConstraint: isConstraint, isPrimary: isPrimary, nullsAreEqual: nulls,
                    columns: Set(columns))
            }
        )
    }
}
