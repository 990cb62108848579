/// What a source's triggers do besides where a lookup joins its rows. A feed without one is left as it is.
extension CaptureFunction {
    private var hasLookups: Bool { operation != .truncate && feeds.contains { $0.function.event.lookup != nil } }

    var lookupDeclaration: String { hasLookups ? "\n    doubt text;" : "" }

    /// Outside the block that catches, so that the statement counts as ended even if what follows fails.
    var lookupOpening: String {
        hasLookups
            ? "\n    PERFORM daybook.\(StatementBracket.endName)('\(StatementBracket.mark(of: source, .source))');" : ""
    }

    /// Locks the keys that the rows look up, and logs the rows; or keeps them for later, while a statement on the
    /// looked-up table is under way and may not have been heard of yet.
    ///
    /// - Parameter plain: what logs the rows of a feed without a lookup.
    func logging(_ feed: Feed, _ plain: String) -> String {
        guard let lookup = feed.function.event.lookup else { return plain }
        let settlement = LookupSettlement(feed, lookup)
        return """
                    doubt := daybook.\(LookupLock.name)('\(feed.function.tag)', \(keys(feed, lookup)), true);
                    IF doubt IS NOT NULL THEN
                        PERFORM daybook.record_gap(\(source.table.description.quotedLiteral), doubt, NULL, NULL);
                    END IF;
                    IF \(settlement.isIdle) THEN
            \(operation == .update ? plain : joined(feed))
                    ELSE
                        INSERT INTO daybook.lookup_changes (tag, is_source, n, fields)
                        \(signedSides.map { kept(feed, of: $0.transition, n: $0.n) }.joined(separator: " UNION ALL "));
                        \(settlement.noteStatement)
                        logged := \(settlement.call) OR logged;
                    END IF;
            """
    }

    private var signedSides: [(transition: String, n: Int)] {
        switch operation {
        case .insert: [("inserted", 1)]
        case .delete: [("deleted", -1)]
        case .update: [("deleted", -1), ("inserted", 1)]
        case .truncate: []
        }
    }

    /// The one side of an INSERT or DELETE. A join may give rows in any order, so there are no first ones to be logged as
    /// they are.
    private func joined(_ feed: Feed) -> String {
        let rows = signedRows(feed, of: operation == .insert ? "inserted" : "deleted", negated: operation == .delete)
        return "\(grouped(feed, rows))\n            logged := logged OR FOUND;"
    }

    private func kept(_ feed: Feed, of transition: String, n: Int) -> String {
        let fields = feed.function.event.columns.map { "s.\($0.name.quotedIdentifier)::text" }
        return
            "SELECT '\(feed.function.tag)', true, \(n), ARRAY[\(fields.commaSeparated)]::text[] FROM \(transition) AS s"
    }

    /// The hashes of the keys that the rows look up.
    private func keys(_ feed: Feed, _ lookup: Rollup.Lookup) -> String {
        let names = lookup.key.indices.map { "daybook_keys.daybook_key\($0 + 1)" }
        let sides = signedSides.map { side in
            """
            SELECT \(LookupLock.hash(tag: feed.function.tag, of: "ARRAY[\(names.map { "\($0)::text" }.commaSeparated)]"))
                    FROM \(feed.function.keyed(side.transition, as: "s"))
                    WHERE \(names.map { "\($0) IS NOT NULL" }.joined(separator: " AND "))
            """
        }
        return LookupLock.keys(of: sides)
    }
}
