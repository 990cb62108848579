/// The SQL that narrows an audit: control totals of the sources and of the rollup by bucket of keys, at one snapshot.
///
/// Nothing is grouped by key, which is what makes it cheap: every total is linear in the source rows, so a key's rows need
/// not meet. For each day and bucket there are plain totals (rows, each sum), and totals weighted by a hash of the key,
/// because plain ones cancel out between keys; those are taken modulo a prime, so that 64 bits hold each term. A
/// difference in a single key always shows in the plain totals; several that cancel out there escape the weighted ones
/// with a probability of one in 2^24. Labels count with a weight of 31 bits of the hash of key and label.
///
/// Parameters as in ``AuditQuery``.
struct BucketTotals {
    static let buckets = 4096
    private static let prime = 2_147_483_647

    private let rollup: Rollup
    private let rollupID: Int32
    private let source: SourceQuery
    private let table: TableQuery
    private let shape: RowShape

    init(_ rollup: Rollup, id: Int32) {
        self.rollup = rollup
        rollupID = id
        source = SourceQuery(rollup, id: id)
        table = TableQuery(rollup)
        shape = RowShape(rollup)
    }

    /// The buckets in which the sides differ.
    var differing: String {
        let plain = ["rows"] + shape.sums.map(\.name)
        let differs =
            plain.map { "sum(t.\($0)) <> 0" } + ["weighted", "labelled"].map { "sum(t.\($0)) % \(Self.prime) <> 0" }
        return """
            SELECT DISTINCT b.bucket FROM (
                SELECT t.bucket FROM (
                    \(([sourceTerms, tableTerms, eventTerms] + tableLabelTerms).joined(separator: "\n    UNION ALL\n    "))
                ) AS t
                GROUP BY t.day, t.bucket HAVING \((differs + ["bool_or(t.inconsistent)"]).joined(separator: " OR "))
            ) AS b
            """
    }

    /// The bucket of a key, given the SQL of its dimensions.
    static func bucket(of dimensions: [String]) -> String {
        "((\(hash(of: dimensions)) >> 48) & \(buckets - 1))::integer"
    }

    /// A 64-bit hash of a key by its values, as Postgres hashes a row of them.
    static func hash(of dimensions: [String]) -> String {
        dimensions.isEmpty ? "0::bigint" : "hash_record_extended(ROW(\(dimensions.commaSeparated)), 0)"
    }

    private var sourceTerms: String {
        let hash = Self.hash(of: shape.dimensions.map { "r.\($0.name)" })
        let carried =
            shape.addends.map { "coalesce(r.\($0.name), 0) AS \($0.name)" } + shape.labels.map { "r.\($0.name)" }
        return terms(
            of: "SELECT \((["r.day", "\(hash) AS h"] + carried).commaSeparated) FROM (\(source.rows)) AS r OFFSET 0",
            rows: "1", sums: shape.sums.map { "q.\(shape.addends[$0.addend].name)" },
            labelled: shape.labels.enumerated().map { Self.labelWeight("q.\($0.element.name)", slot: $0.offset) },
            inconsistent: "false"
        )
    }

    private var tableTerms: String {
        let hash = Self.hash(of: rollup.dimensions.map { "r.\($0.name.quotedIdentifier)" })
        let count = rollup.measures.first { $0.kind == .count }.map(Self.negated) ?? "0"
        let sums = rollup.sums.enumerated().map { "\(Self.negated($0.element)) AS v\($0.offset + 1)" }
        let inconsistent = AuditQuery(rollup, id: rollupID).inconsistencies.joined(separator: " OR ")
        let columns =
            ["r.day", "\(hash) AS h", "\(count) AS n"] + sums
            + ["coalesce(\(inconsistent.isEmpty ? "false" : inconsistent), true) AS inconsistent"]
        return terms(
            of:
                "SELECT \(columns.commaSeparated) FROM \(rollup.table.sql) AS r WHERE r.day = ANY ($3::date[]) OFFSET 0",
            rows: "q.n", sums: shape.sums.map { "q.\($0.name)" }, labelled: [], inconsistent: "q.inconsistent"
        )
    }

    private var tableLabelTerms: [String] {
        zip(table.breakdownColumns, rollup.labels).enumerated().map { slot, breakdown in
            let hash = Self.hash(of: rollup.dimensions.map { "r.\($0.name.quotedIdentifier)" })
            let elements = AuditQuery.elements(of: "r.\(breakdown.0.quotedIdentifier)")
            let weight = Self.labelWeight("q.label", slot: slot)
            let zeros = shape.sums.map { _ in "0" }
            return """
                SELECT q.day, \(Self.bucket), 0\(zeros.map { ", \($0)" }.joined()), 0, \
                \(Self.residue("-q.n"))::bigint * \(weight), false
                FROM (
                    SELECT r.day, \(hash) AS h, x ->> \(breakdown.1.quotedLiteral) AS label,
                        coalesce((x ->> 'count')::numeric, 0) AS n
                    FROM \(rollup.table.sql) AS r CROSS JOIN LATERAL \(elements) AS x WHERE r.day = ANY ($3::date[]) OFFSET 0
                ) AS q
                """
        }
    }

    private var eventTerms: String {
        let key = rollup.dimensions.enumerated().map { "e.key[\($0.offset + 1)]::\($0.element.type)" }
        let sums = shape.sums.enumerated().map {
            "-coalesce(e.addends[\($0.element.addend + 1)], 0) AS v\($0.offset + 1)"
        }
        let columns = ["e.day", "\(Self.hash(of: key)) AS h", "-e.n AS n", "e.labels"] + sums
        return terms(
            of: "SELECT \(columns.commaSeparated) \(AuditQuery.pendingEvents(of: rollupID)) OFFSET 0",
            rows: "q.n", sums: shape.sums.map { "q.\($0.name)" },
            labelled: shape.labels.indices.map {
                "\(Self.residue("q.n")) * \(Self.labelWeight("q.labels[\($0 + 1)]", slot: $0))"
            },
            inconsistent: "false"
        )
    }

    /// The terms of one relation, which has `day` and `h` as `q`.
    private func terms(
        of relation: String, rows: String, sums: [String], labelled: [String], inconsistent: String
    ) -> String {
        let weighted = ([rows] + sums).enumerated().map { position, value in
            "\(Self.residue(value)) * ((q.h >> \(position * 5 % 40)) & 16777215)"
        }
        let columns =
            ["q.day", "\(Self.bucket) AS bucket", "\(rows) AS rows"]
            + zip(sums, shape.sums).map { "\($0) AS \($1.name)" }
            + ["\(weighted.joined(separator: " + ")) AS weighted"]
            + ["\(labelled.isEmpty ? "0::bigint" : labelled.joined(separator: " + ")) AS labelled"]
            + ["\(inconsistent) AS inconsistent"]
        return "SELECT \(columns.commaSeparated) FROM (\(relation)) AS q"
    }

    private static let bucket = "((q.h >> 48) & \(buckets - 1))::integer"

    private static func labelWeight(_ label: String, slot: Int) -> String {
        "(((coalesce(hashtextextended(\(label), \(slot)), \(slot)) # q.h) >> 16) & \(prime))"
    }

    /// No value that is not a number gets here: a plain total would already differ.
    private static func residue(_ value: String) -> String {
        value == "1" ? "1" : "(\(value) % \(prime))::bigint"
    }

    /// A measure of the table, negative, in 64 bits where its column is of an integral type: numeric costs more than all the
    /// rest. The one value that has no negative counts as zero here; the keys are compared exactly.
    private static func negated(_ measure: Rollup.Measure) -> String {
        let column = "r.\(measure.name.quotedIdentifier)"
        guard ["smallint", "integer", "bigint"].contains(measure.type) else {
            return "-coalesce(\(measure.units(of: column)), 0)::numeric"
        }
        return "-coalesce(nullif(\(column)::bigint, '-9223372036854775808'::bigint), 0)"
    }
}
