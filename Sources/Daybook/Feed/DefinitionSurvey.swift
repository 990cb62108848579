package import PostgresClient

/// Compares changed definitions with what is installed and with what the sources still have.
package struct DefinitionSurvey: Sendable {
    package let permissions: DefinitionPermissions

    package init(_ permissions: DefinitionPermissions) {
        self.permissions = permissions
    }

    /// The id under which the functions of a definition that is not installed are made; no rollup has it.
    private static let provisionalID: Int32 = 0

    /// A plan for each installed rollup whose definition changes, in the rollups' order, at one snapshot. Everything
    /// that it makes is rolled back.
    ///
    /// - Precondition: no transaction is open on the connection.
    /// - Throws: ``FeedError``; ``DefinitionChangeRefusal`` for permissions that concern no change.
    package func plans(for rollups: [Rollup], on connection: PostgresConnection) async throws -> [DefinitionPlan] {
        do {
            return try await connection.withTransaction(.repeatableRead) { connection in
                for (name, value) in FeedSchema.fixedSettings {
                    try await connection.query("SELECT set_config($1::text, $2::text, true)", [name, value])
                }
                let known = try await connection.query("SELECT to_regclass('daybook.rollups') IS NOT NULL")[0]
                let installed =
                    try known.decode(Bool.self) ? try await InstalledFeed.readRollups(on: connection) : []
                var plans: [DefinitionPlan] = []
                for rollup in rollups {
                    guard let before = installed.first(where: { $0.name == rollup.name }),
                        before.definition != rollup.signature
                    else { continue }
                    plans.append(try await plan(rollup, before, on: connection))
                }
                try refuseIdlePermissions(plans)
                throw RollBack(plans: plans)
            }
        } catch let rollBack as RollBack {
            return rollBack.plans
        }
    }

    private struct RollBack: Error {
        let plans: [DefinitionPlan]
    }

    private func refuseIdlePermissions(_ plans: [DefinitionPlan]) throws {
        let names = permissions.renames.map(\.old) + permissions.removals
        let idle = names.filter { name in !plans.contains { name.hasPrefix("\($0.rollup).") } }
        guard !idle.isEmpty else { return }
        throw DefinitionChangeRefusal(
            reasons: idle.map {
                "\($0) is part of no rollup whose definition changes. Write ROLLUP.NAME, with the rollup's whole name."
            })
    }

    private func plan(
        _ rollup: Rollup, _ installed: InstalledRollup, on connection: PostgresConnection
    ) async throws -> DefinitionPlan {
        guard let declaration = installed.declaration, let old = Rollup(declaration: declaration) else {
            throw FeedError.definitionUnknown(rollup.name)
        }
        var plan = DefinitionPlan(
            DefinitionChange(from: old, to: rollup, permissions), installed: installed)
        guard plan.rebuilds, plan.change.refusals.isEmpty else { return plan }
        plan.openGaps = try await openGaps(of: rollup, on: connection)
        let kept = try await days(
            """
            SELECT DISTINCT t.day FROM daybook.thinned AS t
            WHERE t.rollup = \(installed.id) AND t.day IN (SELECT r.day FROM \(old.table.sql) AS r)
            """, on: connection)
        let found = try await daysOfSources(rollup, on: connection)
        plan.lost = try await lostDays(old, installed, known: kept.union(found), on: connection)
        plan.kept = kept.union(plan.lost).sorted()
        plan.rebuilt = found.subtracting(plan.kept).sorted()
        return plan
    }

    /// The days that the new definition finds in the sources.
    private func daysOfSources(_ rollup: Rollup, on connection: PostgresConnection) async throws -> Set<PostgresDate> {
        for (index, event) in rollup.events.enumerated() {
            let function = EventFunction(rollup: rollup, rollupID: Self.provisionalID, eventIndex: index)
            try await connection.execute(function.createStatement)
            if let lookup = event.lookup { try await connection.execute(function.keyFunctionStatement(lookup)) }
        }
        return try await days(
            "SELECT q.day FROM (\(SourceQuery(rollup, id: Self.provisionalID).daysWithCounts())) AS q", on: connection)
    }

    /// Days that have rows and no source rows by the installed definition either, although no event says that these
    /// went. Where the installed definition's sources cannot be read any more, that is every day not known.
    private func lostDays(
        _ old: Rollup, _ installed: InstalledRollup, known: Set<PostgresDate>, on connection: PostgresConnection
    ) async throws -> [PostgresDate] {
        let stored = try await days("SELECT r.day FROM \(old.table.sql) AS r GROUP BY r.day", on: connection)
        let sourcesAreThere = try await areThere(old.events.map(\.source.table), on: connection)
        let suspects = sourcesAreThere ? stored.subtracting(known) : stored
        guard !suspects.isEmpty, installed.state != .unplanned else { return [] }
        let changed = try await days(
            """
            SELECT DISTINCT e.day FROM daybook.events AS e, daybook.cursor AS c
            WHERE e.rollup = \(installed.id) AND NOT pg_visible_in_snapshot(e.xid, c.position)
            UNION SELECT u.day FROM daybook.unbuilt AS u WHERE u.rollup = \(installed.id)
            """, on: connection)
        guard sourcesAreThere else { return suspects.sorted() }
        let open = suspects.subtracting(changed)
        guard !open.isEmpty else { return [] }
        try await connection.execute("SAVEPOINT daybook_survey")
        do {
            let found = try await days(
                "SELECT q.day FROM (\(SourceQuery(old, id: installed.id).daysWithCounts())) AS q", on: connection)
            return open.subtracting(found).sorted()
        } catch let error as PostgresError where error.code == .server {
            try await connection.execute("ROLLBACK TO SAVEPOINT daybook_survey")
            return open.sorted()
        }
    }

    private func areThere(_ tables: [QualifiedName], on connection: PostgresConnection) async throws -> Bool {
        try await connection.query(
            "SELECT bool_and(to_regclass(name) IS NOT NULL) FROM unnest($1::text[]) AS name", [tables.map(\.sql)]
        )[0].decode(Bool.self)
    }

    private func openGaps(of rollup: Rollup, on connection: PostgresConnection) async throws -> Int {
        let tables = rollup.events.flatMap { [$0.source.table] + [$0.lookup?.table.table].compactMap(\.self) }
        return try await connection.query(
            """
            SELECT count(*) FROM daybook.gaps
            WHERE state <> 'repaired' AND coalesce(source = ANY ($1::text[]), true) AND coalesce(rollup = $2::text, true)
            """,
            [tables.map(\.description), rollup.name]
        )[0].decode(Int.self)
    }

    private func days(_ sql: String, on connection: PostgresConnection) async throws -> Set<PostgresDate> {
        Set(try await connection.query(sql).map { try $0.decode(PostgresDate.self, at: 0) })
    }
}
