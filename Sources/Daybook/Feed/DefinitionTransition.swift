/// The SQL that hands the ledger of an installed rollup on to its next definition, under a new id: events of the old
/// one are never read again, and those not counted yet are logged anew. For the installing transaction, once writers and
/// leader are held off.
package struct DefinitionTransition: Sendable {
    private let plan: DefinitionPlan
    private let change: DefinitionChange
    private let old: Int32
    private let new: Int32
    private let declaration: String

    package init(_ plan: DefinitionPlan, id: Int32) throws {
        self.plan = plan
        change = plan.change
        old = plan.installed.id
        new = id
        declaration = try plan.change.new.declaration
    }

    package var statements: [String] {
        carriedEvents + thinned + (plan.rebuilds ? rebuilt : carried) + seals + incomplete + [rollup]
    }

    /// Days that are computed again need no events; those whose rows stay do.
    private var carriedEvents: [String] {
        guard !plan.rebuilds || !plan.kept.isEmpty else { return [] }
        let mapping = EventLayoutMapping(change)
        return [
            """
            INSERT INTO daybook.events (rollup, day, key, labels, n, addends, extremes)
            SELECT \(new), e.day, \(mapping.key), \(mapping.labels), e.n, \(mapping.addends), \(mapping.extremes)
            FROM daybook.events AS e, daybook.cursor AS c
            WHERE e.rollup = \(old) AND NOT pg_visible_in_snapshot(e.xid, c.position)
                AND (e.xid >= pg_snapshot_xmax(c.position) OR e.xid = ANY (ARRAY(SELECT pg_snapshot_xip(c.position))))
            """
        ]
    }

    private var thinned: [String] {
        let lost = plan.lost.map { "\($0)".quotedLiteral }.commaSeparated
        return [move("thinned")]
            + (plan.lost.isEmpty
                ? []
                : [
                    """
                    INSERT INTO daybook.thinned (rollup, day, reason)
                    SELECT \(new), u.day, 'no source rows when the definition changed' FROM unnest(ARRAY[\(lost)]::date[]) AS u(day)
                    """
                ])
    }

    private var carried: [String] {
        ["unbuilt", "day_flushes", "underived"].map(move) + [parked]
    }

    private var rebuilt: [String] {
        [
            "DELETE FROM daybook.unbuilt WHERE rollup = \(old)",
            "DELETE FROM daybook.underived WHERE rollup = \(old)",
            "DELETE FROM daybook.day_flushes WHERE rollup = \(old)",
            """
            DELETE FROM daybook.parked AS p
            WHERE p.rollup = \(old)
                AND NOT EXISTS (SELECT FROM daybook.thinned AS t WHERE t.rollup = \(new) AND t.day = p.day)
            """,
            parked,
        ]
    }

    private var parked: String {
        let key = EventLayoutMapping(change).key
        let mapped = key == "e.key" ? "" : ", key = \(key)"
        return "UPDATE daybook.parked AS e SET rollup = \(new)\(mapped) WHERE e.rollup = \(old)"
    }

    /// Closed days are due to be closed again: their archives are of the definition before.
    private var seals: [String] {
        [
            """
            UPDATE daybook.seals
            SET rollup = \(new), state = 'amending', amended_at = clock_timestamp() - interval '1 day',
                last_amended_at = clock_timestamp() - interval '1 day'
            WHERE rollup = \(old)
            """,
            move("amendments"),
        ]
    }

    private var incomplete: [String] {
        var statements = [move("incomplete")]
        for (name, successor) in change.renames.sorted(by: { $0.key < $1.key }) {
            statements.append(
                """
                UPDATE daybook.incomplete SET column_name = \(successor.quotedLiteral)
                WHERE rollup = \(new) AND column_name = \(name.quotedLiteral)
                """)
        }
        let columns = change.new.columnNames.map(\.quotedLiteral).commaSeparated
        statements.append(
            "DELETE FROM daybook.incomplete WHERE rollup = \(new) AND column_name <> ALL (ARRAY[\(columns)])")
        let values = change.lacks.sorted { $0.key < $1.key }.map {
            "(\($0.key.quotedLiteral), \($0.value.rawValue.quotedLiteral))"
        }
        guard plan.rebuilds, !values.isEmpty else { return statements }
        statements.append(
            """
            INSERT INTO daybook.incomplete (rollup, day, column_name, lack)
            SELECT DISTINCT \(new), t.day, v.column_name, v.lack
            FROM daybook.thinned AS t, (VALUES \(values.commaSeparated)) AS v(column_name, lack)
            WHERE t.rollup = \(new)
            ON CONFLICT DO NOTHING
            """)
        return statements
    }

    private var rollup: String {
        var columns = [
            "id = \(new)", "definition = \(change.new.signature.quotedLiteral)",
            "declaration = \(declaration.quotedLiteral)", "installed_at = clock_timestamp()",
        ]
        if change.redefinesDerived, !plan.rebuilds || !plan.kept.isEmpty { columns.append("rederives = true") }
        if plan.rebuilds {
            columns += ["state = 'unplanned'", "built_at = NULL"]
            // Of a rollup whose days nobody has looked up yet, nothing is known either.
            if plan.installed.state != .unplanned { columns.append("follows = \(old)") }
        }
        columns.append("lacks = \(lacks.quotedLiteral)")
        return "UPDATE daybook.rollups SET \(columns.commaSeparated) WHERE id = \(old)"
    }

    /// What days lack that turn out not to be computable before the change is through, that of an earlier one included.
    private var lacks: String {
        var lacks: [String: String] = [:]
        if plan.installed.state != .built {
            for (column, lack) in plan.installed.lacks { lacks[change.renames[column] ?? column] = lack.rawValue }
        }
        for (column, lack) in change.lacks where plan.rebuilds { lacks[column] = lacks[column] ?? lack.rawValue }
        let kept = Set(change.new.columnNames)
        let pairs = lacks.filter { kept.contains($0.key) }.sorted { $0.key < $1.key }
        return "{\(pairs.map { "\(Breakdown.quoted($0.key)): \(Breakdown.quoted($0.value))" }.commaSeparated)}"
    }

    private func move(_ table: String) -> String {
        "UPDATE daybook.\(table) SET rollup = \(new) WHERE rollup = \(old)"
    }
}
