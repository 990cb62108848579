/// The SQL function that says what one source row means for a rollup: the one place where a definition's expressions
/// become SQL. Triggers, builds, audits and repairs all call it, and Postgres inlines it into each of them.
///
/// Its body is parsed when it is created, under the fixed search path, so no caller's settings decide which function
/// or operator an expression means.
package struct EventFunction: Sendable {
    package let rollup: Rollup
    package let event: Rollup.Event
    /// `event_<rollup id>_<position of the event>`.
    package let name: String
    /// How the event is called in locks, settings and tables: `<rollup id>_<position of the event>`.
    package let tag: String

    package init(rollup: Rollup, rollupID: Int32, eventIndex: Int) {
        self.rollup = rollup
        self.event = rollup.events[eventIndex]
        self.tag = "\(rollupID)_\(eventIndex + 1)"
        self.name = "daybook.event_\(tag)"
    }

    /// `CREATE OR REPLACE FUNCTION`. Whether a source row belongs to a day and counts is the first column, `counts`, and no
    /// WHERE: a WHERE in here would keep the planner from dissolving the join with the function (``rows(of:as:)``). The
    /// parameters have names because a dump of a function whose parameters have none cannot be restored.
    package var createStatement: String {
        """
        CREATE OR REPLACE FUNCTION \(name)(\(parameters))
        RETURNS TABLE (counts boolean, \(RowShape(rollup).columns.map { "\($0.name) \($0.type)" }.commaSeparated))
        LANGUAGE sql IMMUTABLE PARALLEL SAFE
        BEGIN ATOMIC
        SELECT
            \(([conditions.joined(separator: " AND "), day] + dimensions + labels + hashes + addends + extremes).lines(indentedBy: 4))
        FROM (SELECT \(arguments)) AS \(event.source.table.name.quotedIdentifier);
        END
        """
    }

    /// For a FROM clause: the rows of a relation that count, under the given alias, and what they mean, as `e`. It costs
    /// no more than the expressions themselves in a scan of the relation.
    package func rows(of relation: String, as alias: String) -> String {
        guard let lookup = event.lookup else { return "\(relation) AS \(alias) \(meaning(of: alias))" }
        return
            "\(keyed(relation, as: alias)) \(partner(lookup)) \(meaning(of: alias, lookedUp: partnerColumns(lookup)))"
    }

    /// What a row under the alias means, as `e`, given its looked-up columns.
    func meaning(of alias: String, lookedUp: [String] = []) -> String {
        let columns = event.columns.map { "\(alias).\($0.name.quotedIdentifier)" } + lookedUp
        return "JOIN LATERAL \(name)(\(columns.commaSeparated)) AS e ON e.counts"
    }

    private var parameters: String {
        parameterColumns.enumerated().map { "p\($0.offset + 1) \($0.element.type)" }.commaSeparated
    }

    private var arguments: String {
        parameterColumns.enumerated().map { "$\($0.offset + 1) AS \($0.element.name.quotedIdentifier)" }.commaSeparated
    }

    /// The source's columns, then the looked-up ones under their own names.
    private var parameterColumns: [Rollup.Column] {
        guard let lookup = event.lookup else { return event.columns }
        return event.columns + lookup.columns.map { Rollup.Column(name: lookup.name(of: $0), type: $0.type) }
    }

    private var day: String {
        let zone = rollup.definition.timeZone.quotedLiteral
        return switch event.atType {
        case .date: parenthesized(event.at)
        case .timestamp where rollup.definition.timeZone == "UTC": "\(parenthesized(event.at))::pg_catalog.date"
        case .timestamp: "(\(parenthesized(event.at)) AT TIME ZONE 'UTC' AT TIME ZONE \(zone))::pg_catalog.date"
        case .timestampWithTimeZone: "(\(parenthesized(event.at)) AT TIME ZONE \(zone))::pg_catalog.date"
        }
    }

    private var dimensions: [String] {
        rollup.dimensions.map { "\(value($0.name))::\($0.type)" }
    }

    private var labels: [String] {
        rollup.labels.map { "\(value($0))::pg_catalog.text" }
    }

    private var hashes: [String] {
        rollup.distincts.map {
            "pg_catalog.hashtextextended(\(value($0.name))::pg_catalog.text COLLATE pg_catalog.\"C\", 0)::pg_catalog.text"
        }
    }

    private var extremes: [String] {
        rollup.extremes.map { measure in
            switch measure.kind {
            case .min(let type), .max(let type): return RankedText.key(ofRank: type.rank(of: value(measure.name)))
            default:
                let key = RankedText.key(ofRank: OrderedType(event.atType).momentRank(of: parenthesized(event.at)))
                return "\(key) || \(value(measure.name))::\(measure.type)::pg_catalog.text"
            }
        }
    }

    private var addends: [String] {
        RowShape(rollup).addends.map { addend in
            guard let format = addend.format else { return "\(value(addend.measure))::pg_catalog.int8" }
            return "(\(value(addend.measure))::pg_catalog.\(format) * \(format.unitsInOne))::pg_catalog.int8"
        }
    }

    private var conditions: [String] {
        [event.condition.map { parenthesized(inlined($0)) }, "pg_catalog.isfinite(\(parenthesized(event.at)))"]
            .compactMap(\.self)
    }

    private func value(_ name: String) -> String {
        parenthesized(inlined(event.values[name] ?? "NULL"))
    }

    private func inlined(_ expression: String) -> String {
        event.lookup?.inlined(expression) ?? expression
    }
}

/// The expression on lines of its own, so that a comment in it ends before the parenthesis closes.
package func parenthesized(_ expression: String) -> String {
    expression.contains("--") ? "(\n\(expression)\n)" : "(\(expression))"
}

/// The columns in which a rollup's rows travel through generated SQL, whatever the rollup's own columns are called:
/// `day`, `k1…` (dimensions), `l1…` (labels, and behind them hashes of values that are counted once), `a1…` (addends),
/// `x1…` (extremes, as ``RankedText``), and once they are added up, `v1…` (sums) and `d1…` (sets of hashes).
///
/// Measures that sum up the same expression in every event share an addend: writers evaluate and log it once.
package struct RowShape: Sendable {
    package var dimensions: [(name: String, type: String)]
    package var labels: [(name: String, type: String)]
    /// Text under the collation "C", null where there is no value.
    package var extremes: [(name: String, type: String, end: Extreme)]
    /// Names only: sets exist once rows are added up.
    package var sets: [String]
    /// `bigint`, null where the expression is; whole units of `format`, where there is one. `measure` is the first of
    /// the measures that share it.
    package var addends: [(name: String, type: String, measure: String, format: DecimalFormat?)] = []
    /// One for each summed measure. `addend` is a position in ``addends``.
    package var sums: [(name: String, addend: Int)] = []

    package init(_ rollup: Rollup) {
        dimensions = rollup.dimensions.enumerated().map { ("k\($0.offset + 1)", $0.element.type) }
        labels = (0..<rollup.labels.count + rollup.distincts.count).map { ("l\($0 + 1)", "text") }
        extremes = rollup.extremes.enumerated().map {
            ("x\($0.offset + 1)", "text", $0.element.kind.extreme ?? .smallest)
        }
        sets = rollup.distincts.indices.map { "d\($0 + 1)" }
        var known: [[String?]: Int] = [:]
        for measure in rollup.sums {
            let format = measure.kind.decimalFormat
            let expressions = rollup.events.map { $0.values[measure.name] } + (format.map { ["\($0)"] } ?? [])
            let addend = known[expressions] ?? addends.count
            if addend == addends.count {
                known[expressions] = addend
                addends.append(("a\(addend + 1)", "bigint", measure.name, format))
            }
            sums.append(("v\(sums.count + 1)", addend))
        }
    }

    package var columns: [(name: String, type: String)] {
        [("day", "date")] + dimensions + labels + addends.map { ($0.name, $0.type) }
            + extremes.map { ($0.name, $0.type) }
    }

    /// The outermost of each extreme in a group of rows.
    package func outermost(of alias: String) -> [String] {
        extremes.map { "\($0.end.aggregate)(\(alias).\($0.name) COLLATE pg_catalog.\"C\")" }
    }

    /// The key as the event log holds it.
    package func key(of alias: String) -> String {
        "ARRAY[\(dimensions.map { "\(alias).\($0.name)::pg_catalog.text" }.commaSeparated)]::pg_catalog.text[]"
    }
}

extension Extreme {
    /// The aggregate that keeps this end.
    package var aggregate: String { self == .smallest ? "pg_catalog.min" : "pg_catalog.max" }
}
