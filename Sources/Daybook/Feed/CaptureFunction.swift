/// The trigger function that logs what one kind of statement on one source means for the rollups fed by it.
///
/// It runs with its owner's rights inside the application's transaction, so everything it names is qualified, and
/// nothing that fails in it reaches the application: the failure is recorded as a gap and the sources repair it.
package struct CaptureFunction: Sendable {
    package enum Operation: String, Sendable, CaseIterable {
        case insert, update, delete, truncate
    }

    package let source: Rollup.Source
    package let operation: Operation
    package let feeds: [Feed]

    /// One event of one installed rollup.
    package struct Feed: Sendable {
        package let rollupID: Int32
        package let function: EventFunction

        package init(rollupID: Int32, function: EventFunction) {
            self.rollupID = rollupID
            self.function = function
        }
    }

    package init(source: Rollup.Source, operation: Operation, feeds: [Feed]) {
        self.source = source
        self.operation = operation
        self.feeds = feeds
    }

    package var name: String { "capture_\(source.oid)_\(operation.rawValue)" }

    /// The same name for every source: a table has at most one of each.
    package var triggerName: String { "daybook_\(operation.rawValue)" }

    package var createStatement: String {
        """
        CREATE OR REPLACE FUNCTION daybook.\(name)() RETURNS trigger
        LANGUAGE plpgsql SECURITY DEFINER\(settings)
        AS $daybook$\(body)$daybook$
        """
    }

    /// `CREATE TRIGGER` on the source or on one of its partitions.
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

    /// The function's text as `pg_proc.prosrc` keeps it.
    package var body: String {
        """

        DECLARE
            logged boolean := false;
            rows bigint;\(lookupDeclaration)
        BEGIN\(lookupOpening)
            BEGIN
        \(statements)
                IF logged AND NOT pg_catalog.pg_try_advisory_xact_lock_shared(\(FeedSchema.lockClass), \(FeedSchema.bellLock)) THEN
                    PERFORM pg_catalog.pg_notify('\(FeedSchema.bellChannel)', '');
                END IF;
            EXCEPTION WHEN OTHERS THEN
                PERFORM daybook.record_gap(\(source.table.description.quotedLiteral), 'capture failed', SQLSTATE, SQLERRM);
            END;
            RETURN NULL;
        END

        """
    }

    /// Settings cost time at each call, so a function whose expressions cannot notice them sets none.
    private var settings: String {
        guard operation != .truncate, !feeds.allSatisfy(\.isIndependentOfSettings) else { return "" }
        return FeedSchema.fixedSettings.map {
            "\nSET \($0.name) = \($0.name == "search_path" ? $0.value : $0.value.quotedLiteral)"
        }.joined()
    }

    private var statements: String {
        switch operation {
        case .insert: feeds.map { logging($0, oneSided($0)) }.joined(separator: "\n")
        case .delete:
            """
                    IF pg_catalog.current_setting('\(Self.retentionSetting)', true) OPERATOR(pg_catalog.=) 'on' THEN
            \(feeds.map(thinned).joined(separator: "\n"))
                    ELSE
            \(feeds.map { logging($0, oneSided($0)) }.joined(separator: "\n"))
                    END IF;
            """
        case .update: feeds.map { logging($0, twoSided($0)) }.joined(separator: "\n")
        case .truncate:
            "        PERFORM daybook.record_gap(\(source.table.description.quotedLiteral), 'truncated', NULL, NULL);"
        }
    }

    /// The one side of an INSERT or DELETE.
    private var transition: String { operation == .insert ? "inserted" : "deleted" }

    /// The first rows are logged as they are: most statements write one, and grouping it would cost more than all the
    /// rest. What follows is grouped, so that a bulk load logs each key once. Both statements scan the same tuplestore from
    /// its beginning, so they agree on which rows come first.
    private func oneSided(_ feed: Feed) -> String {
        let shape = RowShape(feed.function.rollup)
        let addends = shape.addends.map {
            operation == .insert ? "e.\($0.name)" : "OPERATOR(pg_catalog.-) e.\($0.name)"
        }
        let rest = signedRows(feed, of: transition, negated: operation == .delete)
        return """
                    \(Self.insertInto)
                    SELECT \(Self.stamp), \(feed.rollupID), e.day, \(shape.key(of: "e")), \(labels(shape, of: "e")),
                        '\(operation == .insert ? 1 : -1)'::pg_catalog.int8, \(array(addends)),
                        \(extremes(shape.extremes.map { "e.\($0.name)" }))
                    FROM \(feed.function.rows(of: transition, as: "s"))
                    LIMIT \(Self.ungroupedRows);
                    GET DIAGNOSTICS rows = ROW_COUNT;
                    logged := logged OR rows > 0;
                    IF rows = \(Self.ungroupedRows) THEN
            \(grouped(feed, rest + "\n                OFFSET \(Self.ungroupedRows)"))
                    END IF;
            """
    }

    /// A transaction that sets this to `on` removes source rows because they are old, not because they are wrong.
    package static let retentionSetting = "daybook.retention"

    /// Rows removed by retention keep their place in the rollup; their days are remembered as thinned. The table has no
    /// unique key, so that concurrent clean-ups never wait for each other here.
    private func thinned(_ feed: Feed) -> String {
        """
                    INSERT INTO daybook.thinned (rollup, day, reason)
                    SELECT DISTINCT \(feed.rollupID), e.day, 'source rows deleted under \(Self.retentionSetting)'
                    FROM \(feed.function.rows(of: transition, as: "s"))
                    WHERE NOT EXISTS (
                        SELECT FROM daybook.thinned AS t
                        WHERE t.rollup OPERATOR(pg_catalog.=) \(feed.rollupID) AND t.day OPERATOR(pg_catalog.=) e.day
                    );
        """
    }

    /// An update is its old rows with a minus and its new rows with a plus; what cancels out is not logged.
    private func twoSided(_ feed: Feed) -> String {
        let rows =
            feed.function.rollup.isSigned
            ? keptApart(feed)
            : signedRows(feed, of: "deleted", negated: true) + "\n                UNION ALL\n"
                + signedRows(feed, of: "inserted", negated: false)
        return "\(grouped(feed, rows))\n        logged := logged OR FOUND;"
    }

    /// Where it matters what came and what went, rows that are on both sides are left out one by one, and those that
    /// are left are grouped by side.
    private func keptApart(_ feed: Feed) -> String {
        let columns = RowShape(feed.function.rollup).columns.map { "e.\($0.name)" }.commaSeparated
        let rows = ["deleted", "inserted"].map { "SELECT \(columns) FROM \(feed.function.rows(of: $0, as: "s"))" }
        let shape = RowShape(feed.function.rollup)
        func surplus(_ sign: String, _ left: String, _ right: String) -> String {
            let columns =
                ["\(sign)1 AS n"] + (["day"] + (shape.dimensions + shape.labels).map(\.name)).map { "d.\($0)" }
                + shape.addends.map {
                    sign.isEmpty ? "d.\($0.name)" : "OPERATOR(pg_catalog.-) d.\($0.name) AS \($0.name)"
                }
                + shape.extremes.map { "d.\($0.name)" }
            return """
                                SELECT \(columns.commaSeparated)
                                FROM (
                                    \(left)
                                    EXCEPT ALL
                                    \(right)
                                ) AS d
                """
        }
        return surplus("-", rows[0], rows[1]) + "\n                UNION ALL\n" + surplus("", rows[1], rows[0])
    }

    func signedRows(_ feed: Feed, of transition: String, negated: Bool) -> String {
        let shape = RowShape(feed.function.rollup)
        let carried = ([("day", "")] + shape.dimensions + shape.labels).map { "e.\($0.0)" }
        let addends = shape.addends.map {
            negated ? "OPERATOR(pg_catalog.-) e.\($0.name) AS \($0.name)" : "e.\($0.name)"
        }
        let extremes = shape.extremes.map { "e.\($0.name)" }
        return """
                            SELECT \(((negated ? ["-1 AS n"] : ["1 AS n"]) + carried + addends + extremes).commaSeparated)
                            FROM \(feed.function.rows(of: transition, as: "s"))
            """
    }

    /// - Parameter rows: a query for `n` and the columns of ``RowShape``, each of them signed.
    func grouped(_ feed: Feed, _ rows: String) -> String {
        let shape = RowShape(feed.function.rollup)
        let totals = (["n"] + shape.addends.map(\.name)).map { "pg_catalog.sum(u.\($0))" }
        let groups =
            (["day"] + (shape.dimensions + shape.labels).map(\.name) + (feed.function.rollup.isSigned ? ["n"] : []))
            .map { "u.\($0)" }
        return """
                        \(Self.insertInto)
                        SELECT \(Self.stamp), \(feed.rollupID), u.day, \(shape.key(of: "u")), \(labels(shape, of: "u")),
                            \(totals[0]), \(array(Array(totals.dropFirst()))), \(extremes(shape.outermost(of: "u")))
                        FROM (
            \(rows)
                        ) AS u
                        GROUP BY \(groups.commaSeparated)
                        HAVING \(totals.map { "\($0) OPERATOR(pg_catalog.<>) 0" }.joined(separator: " OR "));
            """
    }

    private func labels(_ shape: RowShape, of alias: String) -> String {
        shape.labels.isEmpty
            ? "NULL::pg_catalog.text[]" : "ARRAY[\(shape.labels.map { "\(alias).\($0.name)" }.commaSeparated)]"
    }

    /// A total beyond 64 bits fails here, and the sources repair it.
    private func array(_ addends: [String]) -> String {
        "ARRAY[\(addends.map { "\($0)::pg_catalog.int8" }.commaSeparated)]::pg_catalog.int8[]"
    }

    /// So many rows of a statement are logged as they are.
    private static let ungroupedRows = 2

    /// All columns, of their very types and in the table's order: Postgres then needs no node of the plan to complete and
    /// convert the rows, and setting one up costs a fifth of what capture costs.
    private static let insertInto =
        "INSERT INTO daybook.events (logged_at, xid, rollup, day, key, labels, n, addends, extremes)"

    /// When and by whom an event is logged.
    private static let stamp = "pg_catalog.clock_timestamp(), pg_catalog.pg_current_xact_id()"

    private func extremes(_ keys: [String]) -> String {
        keys.isEmpty ? "NULL::pg_catalog.text[]" : "ARRAY[\(keys.commaSeparated)]::pg_catalog.text[]"
    }
}

extension CaptureFunction.Feed {
    fileprivate var isIndependentOfSettings: Bool {
        let settingDependent: Set = ["date", "timestamp without time zone", "timestamp with time zone"]
        return function.event.isSelfContained && function.event.lookup == nil
            && function.rollup.dimensions.allSatisfy {
                !settingDependent.contains($0.type) && !$0.type.contains("timestamp")
            }
            && function.rollup.extremes.allSatisfy { measure in
                !measure.kind.isDated || !settingDependent.contains(measure.type) && !measure.type.contains("timestamp")
            }
    }
}
