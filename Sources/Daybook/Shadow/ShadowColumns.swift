import PostgresClient

/// What of a rollup can be compared with the table that cron jobs keep: the columns that both have.
struct ShadowColumns: Sendable {
    struct Column: Sendable, Hashable {
        var name: String
        var role: Role
        /// SQL of the cell as canonical text, out of a row of theirs called `t` and of ours called `r`.
        var theirs: String
        var ours: String
    }

    enum Role: Sendable, Hashable {
        /// A count or a sum: what events change by adding.
        case added(Addend)
        case breakdown(label: String)
        /// With the measures that its expression names.
        case derived(of: [String])
        /// A smallest, largest, first or last value, or a number of different ones.
        case other
    }

    enum Addend: Sendable, Hashable {
        case count
        /// Position among the rollup's sums.
        case sum(Int)
    }

    var columns: [Column] = []
    /// Columns of the rollup that their table does not have.
    var lacking: [String] = []
    /// Columns of theirs that the rollup does not know.
    var others: [String] = []
    var missingKeys: [String] = []

    /// A column of theirs as the catalog tells.
    struct Found: Sendable {
        var name: String
        /// As `format_type` prints it.
        var type: String
        /// Of `pg_type.typcategory`: N for numbers, D for dates and times.
        var category: String
    }

    init(of rollup: Rollup, found: [Found]) {
        let keys = RollupTable(rollup).keyColumns
        let byName = Dictionary(found.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        missingKeys = keys.filter { byName[$0] == nil }
        var sums = 0
        for measure in rollup.measures {
            let role: Role
            switch measure.kind {
            case .count: role = .added(.count)
            case .sum, .decimalSum:
                role = .added(.sum(sums))
                sums += 1
            case .countBy(let label): role = .breakdown(label: label)
            case .min, .max, .first, .last, .distinct: role = .other
            }
            add(measure.name, measure.type, role, byName)
        }
        for derived in rollup.derived {
            let inputs = rollup.measures.map(\.name).filter { derived.expression.contains($0) }
            add(derived.name, derived.type, .derived(of: inputs), byName)
        }
        let known = Set(keys + rollup.measures.flatMap(\.columns).map(\.name) + rollup.derived.map(\.name))
        others = found.map(\.name).filter { !known.contains($0) }
    }

    private mutating func add(_ name: String, _ type: String, _ role: Role, _ found: [String: Found]) {
        guard let theirs = found[name] else { return lacking.append(name) }
        let (left, right) = ("t.\(name.quotedIdentifier)", "r.\(name.quotedIdentifier)")
        var cells = ("\(left)::text", "\(right)::text")
        if case .breakdown(let label) = role, ["json", "jsonb"].contains(theirs.type) {
            cells = (Self.breakdown(left, label), Self.breakdown(right, label))
        } else if theirs.category == "N", Self.isNumber(type) {
            cells = (Self.number(left), Self.number(right))
        } else if theirs.category == "D" {
            cells.0 = "\(left)::\(type)::text"
        }
        columns.append(Column(name: name, role: role, theirs: cells.0, ours: cells.1))
    }

    private static func isNumber(_ type: String) -> Bool {
        ["smallint", "integer", "bigint", "real", "double precision"].contains(type) || type.hasPrefix("numeric")
    }

    /// By value: 2, 2.0 and 2.00 are one number.
    private static func number(_ value: String) -> String { "trim_scale(\(value)::numeric)::text" }

    /// By content, whatever the order: as Daybook writes it, and what is no such list as none.
    private static func breakdown(_ value: String, _ label: String) -> String {
        let elements = AuditQuery.elements(of: "\(value)::jsonb")
        let count = "x ->> 'count'"
        return """
            CASE WHEN \(value) IS NOT NULL THEN (
                SELECT '[' || coalesce(string_agg(format('{%s: %s, "count": %s}', to_json(\(label.quotedLiteral)::text),
                    coalesce(to_json(g.label)::text, 'null'), g.n), ', ' ORDER BY g.n DESC, g.label COLLATE "C"), '') || ']'
                FROM (
                    SELECT x ->> \(label.quotedLiteral) AS label,
                        trim_scale(sum(CASE WHEN \(count) ~ '^-?[0-9]{1,30}([.][0-9]{1,9})?$' THEN (\(count))::numeric END)) AS n
                    FROM \(elements) AS x GROUP BY 1
                ) AS g WHERE g.n <> 0
            ) END
            """
    }

    private static let foundSQL = """
        SELECT a.attname::text, format_type(a.atttypid, NULL), t.typcategory::text
        FROM pg_attribute AS a JOIN pg_type AS t ON t.oid = a.atttypid
        WHERE a.attrelid = to_regclass($1::text) AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum
        """

    /// - Returns: nil where there is no table of theirs.
    static func read(of rollup: Rollup, on connection: PostgresConnection) async throws -> ShadowColumns? {
        let found = try await connection.query(foundSQL, [rollup.home.sql]).map { row in
            let (name, type, category) = try row.decode(String.self, String.self, String.self)
            return Found(name: name, type: type, category: category)
        }
        return found.isEmpty ? nil : ShadowColumns(of: rollup, found: found)
    }
}
