import PostgresClient

/// What the transaction of an adoption is made of.
extension Adoption {
    func requireUnchanged(_ known: [InstalledRollup], on connection: PostgresConnection) async throws {
        let installed = try await InstalledFeed.readRollups(on: connection)
        let changed = known.filter { one in !installed.contains { $0.id == one.id && $0.definition == one.definition } }
        guard changed.isEmpty else { throw FeedError.definitionChanged(changed.map(\.name)) }
    }

    /// Everything is built, and is what the sources say, at this snapshot.
    func requireEqual(
        _ matched: [(rollup: Rollup, installed: InstalledRollup)], on connection: PostgresConnection
    ) async throws {
        let waiting = try await connection.query(
            """
            SELECT r.name FROM daybook.rollups AS r
            WHERE r.state <> 'built' OR EXISTS (SELECT FROM daybook.unbuilt AS u WHERE u.rollup = r.id) ORDER BY r.name
            """
        ).map { try $0.decode(String.self) }
        guard waiting.isEmpty else { throw ShadowError.notBuilt(waiting) }
        let cursor = try await Cursor.read(on: connection)
        for (rollup, installed) in matched {
            var left: [PostgresDate: Int64] = [:]
            for row in try await connection.query(AuditDays.query(SourceQuery(rollup, id: installed.id))) {
                let (day, count) = try row.decode(PostgresDate.self, Int64.self)
                left[day] = count
            }
            let comparison = Comparison(rollup, id: installed.id, from: cursor)
            var (days, keys) = (0, 0)
            while let chunk = Optional(DayChunks.next(of: left)), !chunk.isEmpty {
                let counts = try await comparison.counts(of: chunk, on: connection).values
                days += counts.count { $0.different > 0 }
                keys += counts.reduce(0) { $0 + $1.different }
                for day in chunk { left[day] = nil }
            }
            guard keys == 0 else { throw ShadowError.different(rollup: rollup.name, days: days, keys: keys) }
        }
    }

    /// From now on the rollups are kept in these tables.
    func point(_ rollups: [Rollup], on connection: PostgresConnection) async throws {
        for rollup in rollups {
            try await connection.query(
                """
                UPDATE daybook.rollups SET table_schema = $2::text, table_name = $3::text, definition = $4::text
                WHERE name = $1::text
                """,
                [rollup.name, rollup.table.schema ?? "public", rollup.table.name, rollup.signature]
            )
        }
    }

    /// What `install` would still do: missing columns and keys.
    func bringUp(_ rollups: [Rollup], on connection: PostgresConnection) async throws {
        let feed = try await InstalledFeed.read(for: rollups, on: connection)
        for statement in try InstallPlan(rollups, on: feed).statements { try await connection.execute(statement) }
    }

    /// The table's rows become ours. Days of which the sources have nothing left are history that nobody can compute again:
    /// they stay, and are marked.
    func take(
        _ rollup: Rollup, from shadow: QualifiedName, id: Int32, on connection: PostgresConnection
    ) async throws {
        let onlyThere = """
            FROM \(rollup.table.sql) AS o WHERE NOT EXISTS (SELECT FROM \(shadow.sql) AS n WHERE n.day = o.day)
            """
        try await connection.query(
            "INSERT INTO daybook.thinned (rollup, day, reason) SELECT \(id), o.day, $1::text \(onlyThere) GROUP BY o.day",
            [Self.keptDay])
        let transfer = TableTransfer(
            rollup: rollup, source: shadow, target: rollup.table, columns: rollup.tableColumns,
            exceptDays: Self.isKept("t.day", id))
        for statement in transfer.statements { try await connection.query(statement) }
    }

    /// The shadow's rows become ours again, and the table's what they were before.
    func giveBack(
        _ rollup: Rollup, to shadow: Rollup, id: Int32, on connection: PostgresConnection
    ) async throws {
        let ours = TableTransfer(
            rollup: shadow, source: rollup.table, target: shadow.table, columns: shadow.tableColumns,
            exceptDays: Self.isKept("s.day", id))
        for statement in ours.statements { try await connection.query(statement) }
        let former = ShadowSchema.former(of: rollup.table)
        let columns = try await connection.query(
            """
            SELECT f.attname::text, o.attidentity = 'a' FROM pg_attribute AS f
            JOIN pg_attribute AS o ON o.attrelid = $2::text::regclass AND o.attname = f.attname AND NOT o.attisdropped
            WHERE f.attrelid = $1::text::regclass AND f.attnum > 0 AND NOT f.attisdropped AND o.attgenerated = ''
            ORDER BY f.attnum
            """,
            [former.sql, rollup.table.sql]
        ).map { try $0.decode(String.self, Bool.self) }
        var theirs = TableTransfer(
            rollup: rollup, source: former, target: rollup.table, columns: columns.map(\.0))
        theirs.fixed = Set(columns.filter(\.1).map(\.0))
        for statement in theirs.statements { try await connection.query(statement) }
        try await connection.query(
            "DELETE FROM daybook.thinned WHERE rollup = $1::integer AND reason = $2::text", [id, Self.keptDay])
        try await connection.query(RollupGuard.remove(from: rollup.table))
        try await connection.query("DROP TABLE \(former.sql)")
    }

    private static func isKept(_ day: String, _ id: Int32) -> String {
        """
        EXISTS (SELECT FROM daybook.thinned AS k WHERE k.rollup = \(id) AND k.day = \(day)
            AND k.reason = \(keptDay.quotedLiteral))
        """
    }
}

extension Rollup {
    /// All columns of the table that the rollup keeps.
    fileprivate var tableColumns: [String] {
        RollupTable(self).keyColumns + measures.flatMap(\.columns).map(\.name) + derived.map(\.name)
    }
}
