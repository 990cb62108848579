/// The SQL that holds the table that cron jobs keep against the sources, at one snapshot.
///
/// Parameters: `$1`, `$2`, `$3` as in ``SourceQuery``.
struct ShadowQuery {
    private let rollup: Rollup
    private let rollupID: Int32
    private let columns: [ShadowColumns.Column]
    private let table: TableQuery
    private let shape: RowShape

    init(_ rollup: Rollup, id: Int32, columns: ShadowColumns) {
        self.rollup = rollup
        rollupID = id
        self.columns = columns.columns
        table = TableQuery(rollup)
        shape = RowShape(rollup)
    }

    /// Days of their table within `$1` to `$2` (null for no bound), with no numbers of source rows.
    var days: String {
        """
        SELECT t.day::date AS day, 0::bigint FROM \(rollup.home.sql) AS t
        WHERE ($1::date IS NULL OR t.day >= $1::date) AND ($2::date IS NULL OR t.day <= $2::date)
          AND NOT EXISTS (SELECT FROM daybook.unbuilt AS u WHERE u.rollup = \(rollupID) AND u.day = t.day::date)
          AND NOT EXISTS (SELECT FROM daybook.thinned AS h WHERE h.rollup = \(rollupID) AND h.day = t.day::date)
        GROUP BY 1
        """
    }

    /// The rows that differ, at most `$4` of a day, and at least one row of every day that has any, which tells the day's
    /// numbers: day, key, which of several rows with the key, cells of theirs (null: no row), cells as they should be,
    /// whether they differ; then of the day rows of theirs, rows there should be, wrong, missing and surplus ones, and for
    /// each column whether theirs has nothing but nulls and zeros in it where other things belong.
    var differences: String {
        let source = SourceQuery(rollup, id: rollupID)
        let parked = """
            NOT EXISTS (SELECT FROM daybook.parked AS p WHERE p.rollup = \(rollupID) AND p.day = c.day AND p.key = c.key)
            """
        return """
            WITH theirs AS (
                SELECT t.day::date AS day, \(theirKey) AS key, \(cells(\.theirs)) AS cells,
                    row_number() OVER (PARTITION BY t.day::date, \(theirKey)) AS copy
                FROM \(rollup.home.sql) AS t WHERE t.day::date = ANY ($3::date[]) AND t.day BETWEEN $1::date AND $2::date
            ), rights AS (
                SELECT r.day, \(table.key) AS key, \(cells(\.ours)) AS cells, 1::bigint AS copy
                FROM (\(table.rows(of: source.measured(source.rows)))) AS r
            ), compared AS (
                SELECT day, key, copy, t.cells AS theirs, r.cells AS rights, t.cells IS DISTINCT FROM r.cells AS differs
                FROM theirs AS t FULL JOIN rights AS r USING (day, key, copy)
            ), counted AS (
                SELECT c.*, row_number() OVER (PARTITION BY c.day ORDER BY c.differs DESC, c.key, c.copy) AS number,
                    count(c.theirs) OVER d AS rows, count(c.rights) OVER d AS expected,
                    count(*) FILTER (WHERE c.differs AND c.theirs IS NOT NULL AND c.rights IS NOT NULL) OVER d AS wrong,
                    count(*) FILTER (WHERE c.theirs IS NULL) OVER d AS missing,
                    count(*) FILTER (WHERE c.rights IS NULL) OVER d AS surplus,
                    \(emptyColumns) AS empty
                FROM compared AS c WHERE \(parked)
                WINDOW d AS (PARTITION BY c.day)
            )
            SELECT day, key, copy, theirs, rights, differs, rows, expected, wrong, missing, surplus, empty
            FROM counted WHERE number = 1 OR (differs AND number <= $4::integer) ORDER BY day, number
            """
    }

    /// What the keys given in `$4…` (a `text[]` for each dimension) should hold, of the rollup that this query is of: day,
    /// key, cells.
    var rightRows: String {
        """
        SELECT r.day, \(table.key), \(cells(\.ours))
        FROM (\(table.rows(of: SourceQuery(rollup, id: rollupID).measuredRowsOfKeys))) AS r
        """
    }

    /// What each transaction has changed in the days `$1` and keys `$2…`, the latest of each key: day, key, when, whether
    /// something went, rows, and an array with the change of each sum.
    var changes: String {
        let arrays = ["$1::date[]"] + shape.dimensions.indices.map { "$\($0 + 2)::text[]" }
        let sums = zip(rollup.sums, shape.sums).map {
            "(\($0.value(ofUnits: "sum(coalesce(e.addends[\($1.addend + 1)], 0))")))::text"
        }
        return """
            SELECT day, key, at, goes, n, sums FROM (
                SELECT e.day, e.key, max(e.logged_at) AS at, bool_or(e.n <= 0) AS goes, sum(e.n)::text AS n,
                    ARRAY[\(sums.commaSeparated)]::text[] AS sums,
                    row_number() OVER (PARTITION BY e.day, e.key ORDER BY max(e.logged_at) DESC) AS number
                FROM unnest(\(arrays.commaSeparated)) AS u(\((["day"] + shape.dimensions.map(\.name)).commaSeparated))
                JOIN daybook.events AS e ON e.rollup = \(rollupID) AND e.day = u.day
                    AND e.key = ARRAY[\(shape.dimensions.map { "u.\($0.name)" }.commaSeparated)]::text[]
                GROUP BY e.day, e.key, e.xid
            ) AS c WHERE number <= \(ShadowComparison.changesOfKey) ORDER BY day, key, at DESC
            """
    }

    /// What the same keys were before each amendment, the latest first: day, key, when, rows before and after, and the
    /// counts and sums before, by name, as JSON text.
    var amendments: String {
        let arrays = ["$1::date[]"] + shape.dimensions.indices.map { "$\($0 + 2)::text[]" }
        let count = rollup.measures.first { $0.kind == .count }?.name ?? ""
        let cells = columns.map { "trim_scale((a.before ->> \($0.name.quotedLiteral))::numeric)::text" }
        let added = zip(columns, cells).map { column, cell in
            if case .added = column.role { cell } else { "NULL" }
        }
        return """
            SELECT a.day, a.key, a.amended_at, coalesce((a.before ->> \(count.quotedLiteral))::numeric, 0)
                < coalesce((a.after ->> \(count.quotedLiteral))::numeric, 0), a.before IS NULL, ARRAY[\(added.commaSeparated)]::text[]
            FROM unnest(\(arrays.commaSeparated)) AS u(\((["day"] + shape.dimensions.map(\.name)).commaSeparated))
            JOIN daybook.amendments AS a ON a.rollup = \(rollupID) AND a.day = u.day
                AND a.key = ARRAY[\(shape.dimensions.map { "u.\($0.name)" }.commaSeparated)]::text[]
            ORDER BY a.amended_at DESC
            """
    }

    private var theirKey: String {
        "ARRAY[\(rollup.dimensions.map { "t.\($0.name.quotedIdentifier)::\($0.type)::text" }.commaSeparated)]::text[]"
    }

    private func cells(_ side: KeyPath<ShadowColumns.Column, String>) -> String {
        "ARRAY[\(columns.map { $0[keyPath: side] }.lines(indentedBy: 8))]::text[]"
    }

    private var emptyColumns: String {
        let flags = columns.indices.map { index in
            let cell = "[\(index + 1)]"
            return """
                (bool_and(coalesce(c.theirs\(cell), '0') IN ('0', '[]')) FILTER (WHERE c.theirs IS NOT NULL) OVER d
                AND count(*) FILTER (WHERE coalesce(c.rights\(cell), '0') NOT IN ('0', '[]')) OVER d > 1)
                """
        }
        return "ARRAY[\(flags.commaSeparated)]::boolean[]"
    }
}
