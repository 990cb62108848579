/// Tells whether a statement on a table has begun whose AFTER trigger has not run yet: its changes can be seen, but are
/// not logged.
///
/// Two tables that a lookup joins can change within one statement, by a data-modifying query, by a foreign key's cascade
/// or by a trigger of the application. A BEFORE trigger raises a count that belongs to the transaction, and the AFTER
/// triggers lower it. A rollback to a savepoint takes the count back with everything else.
package enum StatementBracket {
    /// What a lookup's two tables are to each other. A table may be both, to different lookups.
    package enum Side: String, Sendable {
        case source = "s"
        case lookedUp = "l"
    }

    package static let beginName = "begin_statement"
    package static let endName = "end_statement"

    package static func mark(of table: Rollup.Source, _ side: Side) -> String { "\(side.rawValue)\(table.oid)" }

    package static func triggerName(_ side: Side) -> String {
        side == .source ? "daybook_begin" : "daybook_lookup_begin"
    }

    /// The number of statements under way, as an SQL expression of type text; `'0'` for none.
    static func count(_ mark: String) -> String {
        "coalesce(nullif(pg_catalog.current_setting(\("daybook.open_\(mark)".quotedLiteral), true), ''), '0')"
    }

    package static func createTriggerStatement(
        on table: QualifiedName, of source: Rollup.Source, _ side: Side
    ) -> String {
        """
        CREATE TRIGGER \(triggerName(side)) BEFORE INSERT OR UPDATE OR DELETE ON \(table.sql)
        FOR EACH STATEMENT EXECUTE FUNCTION daybook.\(beginName)('\(mark(of: source, side))');
        ALTER TABLE \(table.sql) ENABLE ALWAYS TRIGGER \(triggerName(side))
        """
    }

    /// Of an object's name as ``CaptureTrigger`` writes it, the trigger and its table, if it is one of these.
    static func trigger(named name: String) -> (trigger: Substring, table: Substring)? {
        guard name.hasPrefix("trigger "), name.hasSuffix(" calling \(beginName)"),
            let on = name.firstRange(of: " on ")
        else { return nil }
        let start = name.index(name.startIndex, offsetBy: "trigger ".count)
        let end = name.index(name.endIndex, offsetBy: -" calling \(beginName)".count)
        return (name[start..<on.lowerBound], name[on.upperBound..<end])
    }

    /// The trigger function; its argument is the mark.
    package static let createBeginStatement = """
        CREATE OR REPLACE FUNCTION daybook.\(beginName)() RETURNS trigger
        LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
        AS $daybook$
        BEGIN
            PERFORM set_config('daybook.open_' || TG_ARGV[0],
                (coalesce(nullif(current_setting('daybook.open_' || TG_ARGV[0], true), ''), '0')::integer + 1)::text,
                true);
            RETURN NULL;
        END
        $daybook$
        """

    package static let createEndStatement = """
        CREATE OR REPLACE FUNCTION daybook.\(endName)(mark text) RETURNS void
        LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
        AS $daybook$
        BEGIN
            PERFORM set_config('daybook.open_' || mark, greatest(
                coalesce(nullif(current_setting('daybook.open_' || mark, true), ''), '0')::integer - 1, 0)::text, true);
        END
        $daybook$
        """
}
