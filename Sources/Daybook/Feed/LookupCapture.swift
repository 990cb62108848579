/// The trigger function that logs what a change of a looked-up table means for the rollups that look its rows up.
///
/// It keeps the changed rows, locks their keys, and settles: every source row with one of the keys leaves the place
/// that its old partner gave it and takes that of the new one. A change of columns that no expression uses logs nothing.
package struct LookupCapture: Sendable {
    package let table: Rollup.Source
    package let operation: CaptureFunction.Operation
    /// Events whose lookup is of this table.
    package let feeds: [CaptureFunction.Feed]

    package init(table: Rollup.Source, operation: CaptureFunction.Operation, feeds: [CaptureFunction.Feed]) {
        self.table = table
        self.operation = operation
        self.feeds = feeds
    }

    package var name: String { "lookup_\(table.oid)_\(operation.rawValue)" }
    package var triggerName: String { "daybook_lookup_\(operation.rawValue)" }

    package var createStatement: String {
        let settings = FeedSchema.fixedSettings.map {
            "\nSET \($0.name) = \($0.name == "search_path" ? $0.value : $0.value.quotedLiteral)"
        }
        return """
            CREATE OR REPLACE FUNCTION daybook.\(name)() RETURNS trigger
            LANGUAGE plpgsql SECURITY DEFINER\(settings.joined())
            AS $daybook$\(body)$daybook$
            """
    }

    package func createTriggerStatement(on table: QualifiedName) -> String {
        let referencing =
            switch operation {
            case .insert: " REFERENCING NEW TABLE AS inserted"
            case .update: " REFERENCING OLD TABLE AS deleted NEW TABLE AS inserted"
            case .delete: " REFERENCING OLD TABLE AS deleted"
            case .truncate: ""
            }
        return """
            CREATE TRIGGER \(triggerName) AFTER \(operation.rawValue.uppercased()) ON \(table.sql)\(referencing)
            FOR EACH STATEMENT EXECUTE FUNCTION daybook.\(name)();
            ALTER TABLE \(table.sql) ENABLE ALWAYS TRIGGER \(triggerName)
            """
    }

    private var subject: String { table.table.description.quotedLiteral }

    private var body: String {
        guard operation != .truncate else {
            return
                "\nBEGIN\n    PERFORM daybook.record_gap(\(subject), 'truncated', NULL, NULL);\n    RETURN NULL;\nEND\n"
        }
        return """

            DECLARE
                logged boolean := false;
                doubt text;
            BEGIN
                PERFORM daybook.\(StatementBracket.endName)('\(StatementBracket.mark(of: table, .lookedUp))');
                BEGIN
            \(feeds.map(statements).joined(separator: "\n"))
                    IF logged AND NOT
                        pg_try_advisory_xact_lock_shared(\(FeedSchema.lockClass), \(FeedSchema.bellLock))
                    THEN
                        PERFORM pg_notify('\(FeedSchema.bellChannel)', '');
                    END IF;
                EXCEPTION WHEN OTHERS THEN
                    PERFORM daybook.record_gap(\(subject), 'capture failed', SQLSTATE, SQLERRM);
                END;
                RETURN NULL;
            END

            """
    }

    private func statements(_ feed: CaptureFunction.Feed) -> String {
        guard let lookup = feed.function.event.lookup else { return "" }
        let settlement = LookupSettlement(feed, lookup)
        let kept = """
                    INSERT INTO daybook.lookup_changes (tag, is_source, n, fields)
                    SELECT '\(feed.function.tag)', false, sum(d.n), d.fields
                    FROM (\(sides(lookup).joined(separator: " UNION ALL "))) AS d (n, fields)
                    GROUP BY d.fields HAVING sum(d.n) <> 0;
                    IF FOUND THEN
                        \(settlement.noteStatement)
                        PERFORM daybook.\(LookupLock.noteName)();
            \(lock(feed, lookup, keysOfChanges(feed, lookup)))
                    END IF;
                    logged := \(settlement.call) OR logged;
            """
        guard operation == .delete else { return kept }
        return """
                    IF current_setting('\(CaptureFunction.retentionSetting)', true) = 'on' THEN
            \(thinned(feed, lookup))
                    ELSE
            \(kept)
                    END IF;
            """
    }

    private func lock(_ feed: CaptureFunction.Feed, _ lookup: Rollup.Lookup, _ keys: String) -> String {
        """
                    doubt := daybook.\(LookupLock.name)('\(feed.function.tag)', \(keys), false);
                    IF doubt IS NOT NULL THEN PERFORM daybook.record_gap(\(subject), doubt, NULL, NULL); END IF;
        """
    }

    /// Changed rows as key and looked-up columns, all as text. A row without a key has no partner.
    private func sides(_ lookup: Rollup.Lookup) -> [String] {
        let fields =
            lookup.key.map { "t.\($0.name.quotedIdentifier)::\($0.type)::text" }
            + lookup.columns.map { "t.\($0.name.quotedIdentifier)::text" }
        let keyed = lookup.key.map { "t.\($0.name.quotedIdentifier) IS NOT NULL" }.joined(separator: " AND ")
        let all: [(transition: String, n: Int)] = [("deleted", -1), ("inserted", 1)]
        return all.filter { operation == .update || ($0.n == 1) == (operation == .insert) }.map {
            "SELECT \($0.n), ARRAY[\(fields.commaSeparated)] FROM \($0.transition) AS t WHERE \(keyed)"
        }
    }

    private func keysOfChanges(_ feed: CaptureFunction.Feed, _ lookup: Rollup.Lookup) -> String {
        let hash = LookupLock.hash(tag: feed.function.tag, of: "c.fields[1:\(lookup.key.count)]")
        return LookupLock.keys(of: [
            """
            SELECT \(hash) FROM daybook.lookup_changes AS c
                    WHERE c.xid = pg_current_xact_id() AND c.tag = '\(feed.function.tag)' AND NOT c.is_source
            """
        ])
    }

    /// Looked-up rows removed by retention leave the source rows where they are counted; their days are remembered.
    private func thinned(_ feed: CaptureFunction.Feed, _ lookup: Rollup.Lookup) -> String {
        let keys = lookup.key.enumerated().map {
            "t.\($0.element.name.quotedIdentifier)::\($0.element.type) AS daybook_key\($0.offset + 1)"
        }
        let columns = lookup.columns.enumerated().map {
            "t.\($0.element.name.quotedIdentifier) AS daybook_column\($0.offset + 1)"
        }
        let names = lookup.columns.indices.map { "c.daybook_column\($0 + 1)" }
        let fields = lookup.key.map { "t.\($0.name.quotedIdentifier)::\($0.type)::text" }
        let hash = LookupLock.hash(tag: feed.function.tag, of: "ARRAY[\(fields.commaSeparated)]")
        return """
            \(lock(feed, lookup, LookupLock.keys(of: ["SELECT \(hash) FROM deleted AS t"])))
                        INSERT INTO daybook.thinned (rollup, day, reason)
                        SELECT DISTINCT \(feed.rollupID), e.day,
                            'looked-up rows deleted under \(CaptureFunction.retentionSetting)'
                        FROM \(feed.function.keyed(feed.function.event.source.table.sql, as: "s"))
                        JOIN (SELECT \((keys + columns).commaSeparated) FROM deleted AS t) AS c
                            ON \(feed.function.equality(lookup, "c"))
                        \(feed.function.meaning(of: "s", lookedUp: names))
                        WHERE NOT EXISTS (
                            SELECT FROM daybook.thinned AS k WHERE k.rollup = \(feed.rollupID) AND k.day = e.day
                        );
            """
    }
}
