import PostgresClient

/// The SQL behind ``Explainer``, for one key of one day.
struct ExplainQuery {
    let rollup: Rollup
    let rollupID: Int32
    let day: PostgresDate
    /// In the order of the dimensions, as Postgres prints them.
    let key: [String?]
    private let source: SourceQuery
    private let shape: RowShape

    init(_ rollup: Rollup, id: Int32, day: PostgresDate, key: [String?]) {
        self.rollup = rollup
        self.rollupID = id
        self.day = day
        self.key = key
        source = SourceQuery(rollup, id: id)
        shape = RowShape(rollup)
    }

    /// Of ``row``: day, then a `text` for each dimension.
    var rowParameters: [(any PostgresEncodable)?] { [day] + key.map { $0 as (any PostgresEncodable)? } }

    var row: String {
        let matches = rollup.dimensions.enumerated().map { index, dimension in
            "r.\(dimension.name.quotedIdentifier) IS NOT DISTINCT FROM $\(index + 2)::text::\(dimension.type)"
        }
        return
            "SELECT (to_jsonb(r) - \(sketches))::text FROM \(rollup.table.sql) AS r WHERE \((["r.day = $1::date"] + matches).joined(separator: " AND "))"
    }

    /// Bytes that say nothing to a reader.
    private var sketches: String {
        "ARRAY[\(rollup.distincts.map(\.companion.quotedLiteral).commaSeparated)]::text[]"
    }

    /// As ``SourceQuery/measuredRowsOfKeys`` has them: the day three times, then a `text[]` for each dimension.
    var sourceParameters: [(any PostgresEncodable)?] { [day, day, [day]] + key.map { [$0] } }

    var sourcesSay: String {
        let columns =
            ["'rows', m.n"]
            + zip(rollup.sums, shape.sums).map {
                "\($0.0.name.quotedLiteral), \($0.0.value(ofUnits: "m.\($0.1.name)"))"
            }
            + rollup.labels.enumerated().map { "\($0.element.quotedLiteral), m.b\($0.offset + 1)" }
            + zip(rollup.extremes, shape.extremes).flatMap { $0.values(ofKey: "m.\($1.name)") }.map {
                "\($0.column.quotedLiteral), \($0.value)"
            }
            + zip(rollup.distincts, shape.sets).map { "\($0.name.quotedLiteral), daybook.distinct_count(m.\($1))" }
        let matches = shape.dimensions.enumerated().map { index, column in
            "m.\(column.name) IS NOT DISTINCT FROM ($\(index + 4)::text[])[1]::\(column.type)"
        }
        return """
            SELECT jsonb_build_object(\(columns.commaSeparated))::text FROM (\(source.measuredRowsOfKeys)) AS m
            \(matches.isEmpty ? "" : "WHERE \(matches.joined(separator: " AND "))")
            """
    }

    /// The latest rows of one event's source as JSON, each with the number of all; `$n` behind ``sourceParameters`` is the
    /// limit.
    func sourceRows(of index: Int, primaryKey: [String]) -> String {
        let event = rollup.events[index]
        let function = EventFunction(rollup: rollup, rollupID: rollupID, eventIndex: index)
        let used = event.columns.map(\.name)
        let columns = (primaryKey.filter { !used.contains($0) } + used).map {
            "\($0.quotedLiteral), s.\($0.quotedIdentifier)"
        }
        let matches = shape.dimensions.enumerated().map { index, column in
            "e.\(column.name) IS NOT DISTINCT FROM ($\(index + 4)::text[])[1]::\(column.type)"
        }
        let order = (primaryKey.isEmpty ? ["s.ctid"] : primaryKey.map { "s.\($0.quotedIdentifier)" }).map {
            "\($0) DESC"
        }
        return """
            SELECT jsonb_build_object(\(columns.commaSeparated))::text, count(*) OVER ()
            FROM \(function.rows(of: event.source.table.sql, as: "s"))
            WHERE \((["e.day = ANY ($3::date[])", "$1::date = $2::date"] + matches).joined(separator: " AND "))
            ORDER BY \(order.commaSeparated) LIMIT $\(shape.dimensions.count + 4)::integer
            """
    }

    /// Of the statements below: rollup, day, key as `text[]`.
    var logParameters: [(any PostgresEncodable)?] { [rollupID, day, key] }

    var facts: String {
        """
        SELECT EXISTS (SELECT FROM daybook.thinned AS t WHERE t.rollup = $1::integer AND t.day = $2::date),
            EXISTS (SELECT FROM daybook.unbuilt AS u WHERE u.rollup = $1::integer AND u.day = $2::date),
            (SELECT max(p.reason) FROM daybook.parked AS p WHERE p.rollup = $1::integer AND p.day = $2::date AND p.key = $3::text[])
        """
    }

    /// `$4` is the cursor's position, `$5` the limit.
    var events: String {
        let sums = zip(rollup.sums, shape.sums).map {
            "\($0.0.name.quotedLiteral), \($0.0.value(ofUnits: "coalesce(e.addends[\($0.1.addend + 1)], 0)"))"
        }
        let extremes = rollup.extremes.enumerated().flatMap { $0.element.values(ofKey: "e.extremes[\($0.offset + 1)]") }
            .map { "\($0.column.quotedLiteral), \($0.value)" }
        let labels = rollup.labels.enumerated().map { "\($0.element.quotedLiteral), e.labels[\($0.offset + 1)]" }
        return """
            SELECT e.logged_at, e.xid, e.n, jsonb_build_object(\((sums + labels + extremes).commaSeparated))::text,
                pg_visible_in_snapshot(e.xid, $4::pg_snapshot)
            FROM daybook.events AS e
            WHERE e.rollup = $1::integer AND e.day = $2::date AND e.key = $3::text[]
            ORDER BY e.logged_at DESC LIMIT $5::integer
            """
    }

    static let seal = """
        SELECT s.revision, s.state, s.verified, s.sealed_at FROM daybook.seals AS s
        WHERE s.rollup = $1::integer AND s.day = $2::date
        """

    /// `$4` is the limit.
    static let amendments = """
        SELECT a.revision, a.amended_at, a.cause, a.before::text, a.after::text FROM daybook.amendments AS a
        WHERE a.rollup = $1::integer AND a.day = $2::date AND a.key = $3::text[]
        ORDER BY a.amended_at DESC LIMIT $4::integer
        """
}
