/// The function that logs what changes of a lookup's two tables mean together, once no statement on either is under
/// way.
///
/// Let S and L be source and looked-up table as they are now, ΔS and ΔL the signed rows by which they have changed, and
/// F(rows, partners) the sum of what source rows mean. Before the changes it was F(S − ΔS, L − ΔL). What has to be logged
/// is the difference,
///
///     F(S, L) − F(S − ΔS, L − ΔL) = F(ΔS, L) + F(S, ΔL) − F(ΔS, ΔL)
///
/// where F(s, ΔL) is, for each signed row of ΔL that has the key of s, what s means with it less what it means without a
/// partner. So it does not matter in which order the statements' triggers fire, nor what made the changes.
package struct LookupSettlement: Sendable {
    private let feed: CaptureFunction.Feed
    private let lookup: Rollup.Lookup
    private let event: Rollup.Event
    private let shape: RowShape

    package init(_ feed: CaptureFunction.Feed, _ lookup: Rollup.Lookup) {
        self.feed = feed
        self.lookup = lookup
        event = feed.function.event
        shape = RowShape(feed.function.rollup)
    }

    private var tag: String { feed.function.tag }
    private var setting: String { "daybook.unsettled_\(tag)".quotedLiteral }

    /// `settle_<tag>`, without the schema.
    package var name: String { "settle_\(tag)" }
    var call: String { "daybook.\(name)()" }

    /// An SQL condition: a change of the source can be logged by itself.
    var isIdle: String {
        """
        \(StatementBracket.count(StatementBracket.mark(of: lookup.table, .lookedUp))) OPERATOR(pg_catalog.=) '0' \
        AND coalesce(pg_catalog.current_setting(\(setting), true), '') OPERATOR(pg_catalog.=) ''
        """
    }

    /// Says that there is something to settle.
    var noteStatement: String { "PERFORM pg_catalog.set_config(\(setting), 'yes', true);" }

    /// Runs with its caller's rights and settings. Returns whether it has logged anything; does nothing while a statement
    /// is under way.
    package var createStatement: String {
        let marks = [
            StatementBracket.mark(of: event.source, .source), StatementBracket.mark(of: lookup.table, .lookedUp),
        ]
        let idle = marks.map { "\(StatementBracket.count($0)) = '0'" }.joined(separator: " AND ")
        let capture = CaptureFunction(source: event.source, operation: .update, feeds: [feed])
        return """
            CREATE OR REPLACE FUNCTION daybook.\(name)() RETURNS boolean
            LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
            AS $daybook$
            DECLARE
                logged boolean;
            BEGIN
                IF coalesce(current_setting(\(setting), true), '') = '' OR NOT (\(idle)) THEN RETURN false; END IF;
            \(capture.grouped(feed, net))
                logged := FOUND;
                DELETE FROM daybook.lookup_changes AS c WHERE c.xid = pg_current_xact_id() AND c.tag = '\(tag)';
                PERFORM set_config(\(setting), '', true);
                RETURN logged;
            END
            $daybook$
            """
    }

    /// What is left of the three parts, as `grouped` wants it. Rows that cancel out have neither come nor gone.
    private var net: String {
        let kept = keptSources
        let parts = [
            signed("s.daybook_n", "FROM \(feed.function.rows(of: kept, as: "s"))"),
            signed("v.daybook_n", moved(event.source.table.sql)),
            signed("- (s.daybook_n * v.daybook_n)", moved(kept)),
        ]
        let columns = shape.columns.map { "p.\($0.name)" }
        let addends = Set(shape.addends.map(\.name))
        let totals = shape.columns.map {
            addends.contains($0.name) ? "q.n * q.\($0.name) AS \($0.name)" : "q.\($0.name)"
        }
        return """
                            SELECT \((["q.n"] + totals).commaSeparated)
                            FROM (
                                SELECT \((["sum(p.n)::bigint AS n"] + columns).commaSeparated)
                                FROM (
            \(parts.joined(separator: "\n                UNION ALL\n"))
                                ) AS p
                                GROUP BY \(columns.commaSeparated) HAVING sum(p.n) <> 0
                            ) AS q
            """
    }

    /// The columns of ``RowShape``, and how many times they count.
    private func signed(_ n: String, _ from: String) -> String {
        let columns = ["\(n) AS n"] + shape.columns.map { "e.\($0.name)" }
        return "                SELECT \(columns.commaSeparated)\n                \(from)"
    }

    /// The rows of a relation with each changed partner, as that row has it, and the other way round without.
    private func moved(_ relation: String) -> String {
        let columns = lookup.columns.indices.map { "daybook_column\($0 + 1)" }
        let with = ["c.daybook_n"] + columns.map { "c.\($0)" }
        let without = ["- c.daybook_n"] + columns.map { _ in "NULL" }
        return """
            FROM \(feed.function.keyed(relation, as: "s"))
                            JOIN \(keptPartners) AS c ON \(feed.function.equality(lookup, "c"))
                            CROSS JOIN LATERAL (VALUES (\(with.commaSeparated)), (\(without.commaSeparated)))
                                AS v(\((["daybook_n"] + columns).commaSeparated))
                            \(feed.function.meaning(of: "s", lookedUp: columns.map { "v.\($0)" }))
            """
    }

    private var keptSources: String {
        let columns = event.columns.enumerated().map {
            "(c.fields[\($0.offset + 1)])::\($0.element.type) AS \($0.element.name.quotedIdentifier)"
        }
        return kept(columns, areSources: true)
    }

    private var keptPartners: String {
        let keys = lookup.key.enumerated().map {
            "(c.fields[\($0.offset + 1)])::\($0.element.type) AS daybook_key\($0.offset + 1)"
        }
        let columns = lookup.columns.enumerated().map {
            "(c.fields[\(lookup.key.count + $0.offset + 1)])::\($0.element.type) AS daybook_column\($0.offset + 1)"
        }
        return kept(keys + columns, areSources: false)
    }

    private func kept(_ columns: [String], areSources: Bool) -> String {
        """
        (SELECT \((["c.n AS daybook_n"] + columns).commaSeparated) FROM daybook.lookup_changes AS c \
        WHERE c.xid = pg_catalog.pg_current_xact_id() AND c.tag = '\(tag)' AND \(areSources ? "" : "NOT ")c.is_source)
        """
    }
}
