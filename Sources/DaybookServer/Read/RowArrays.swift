import Daybook
import PostgresClient

/// Rows of memory as a relation with the rollup's own columns, derived ones included.
struct RowArrays {
    typealias Place = (day: PostgresDate, key: RowKey, measures: Publication.Measures?)

    /// The column that tells whether the row is there; all measures of one that is gone are null.
    static let isThere = "\"daybook is there\""
    /// The row's place in the arrays, from 1.
    static let position = "\"daybook position\""

    private let rollup: Rollup

    init(_ rollup: Rollup) {
        self.rollup = rollup
    }

    /// The SELECT that makes rows out of array parameters.
    func select(_ rows: [Place], _ parameters: inout SQLParameters) -> String {
        var keys = KeyColumns(dimensions: rollup.dimensions.count)
        for row in rows { keys.append(row.key) }
        var arrays: [(name: String, sql: String)] = [("day", "\(parameters.add(rows.map(\.day)))::date[]")]
        for (index, column) in keys.parameters.enumerated() {
            arrays.append(("k\(index + 1)", "\(parameters.add(column))::text[]"))
        }
        arrays.append(("is_there", "\(parameters.add(rows.map { $0.measures != nil }))::boolean[]"))
        var columns = zip(rollup.dimensions, keys.parameters.indices).map { dimension, index in
            "u.k\(index + 1)::\(dimension.type) AS \(dimension.name.quotedIdentifier)"
        }
        columns += ["u.day AS day", "u.is_there AS \(Self.isThere)", "u.position AS \(Self.position)"]
        var measures = MeasureArrays()
        for (index, measure) in rollup.measures.enumerated() {
            let name = "m\(index + 1)"
            arrays.append((name, measures.array(of: measure, rows, &parameters)))
            columns += Self.values(of: measure, out: "u.\(name)").map { "\($0.value) AS \($0.column.quotedIdentifier)" }
        }
        let derived = zip(rollup.derived, TableQuery(rollup).derivedColumns).map {
            ", \($1) AS \($0.name.quotedIdentifier)"
        }
        return """
            SELECT m.*\(derived.joined())
            FROM (
                SELECT \(columns.commaSeparated)
                FROM unnest(\(arrays.map(\.sql).commaSeparated)) WITH ORDINALITY
                    AS u(\((arrays.map(\.name) + ["position"]).commaSeparated))
            ) AS m
            """
    }

    /// The measure's columns out of the form in which it travels.
    private static func values(of measure: Rollup.Measure, out value: String) -> [(column: String, value: String)] {
        switch measure.kind {
        case .count, .sum, .decimalSum, .countBy:
            [(measure.name, "\(measure.value(ofUnits: value))::\(measure.type)")]
        case .min, .max, .first, .last: measure.values(ofKey: value)
        case .distinct: measure.values(ofSketch: value)
        }
    }
}

/// The measures of rows as array parameters, one measure after the other.
private struct MeasureArrays {
    private var sum = 0
    private var breakdown = 0
    private var extreme = 0
    private var set = 0

    /// The array of the next measure in the definition's order.
    mutating func array(
        of measure: Rollup.Measure, _ rows: [RowArrays.Place], _ parameters: inout SQLParameters
    ) -> String {
        switch measure.kind {
        case .count:
            return "\(parameters.add(rows.map { $0.measures.map { Int64(clamping: $0.count) } }))::bigint[]"
        case .sum:
            let position = Self.next(&sum)
            return "\(parameters.add(rows.map { $0.measures.map { Int64(clamping: $0.sums[position]) } }))::bigint[]"
        case .decimalSum:
            let position = Self.next(&sum)
            return "\(parameters.add(rows.map { $0.measures.map { $0.sums[position] } }))::numeric[]"
        case .countBy(let label):
            let position = Self.next(&breakdown)
            return "\(parameters.add(rows.map { Self.json($0.measures, position, label) }))::text[]"
        case .min, .max, .first, .last:
            let position = Self.next(&extreme)
            return "\(parameters.add(rows.map { $0.measures.flatMap { $0.extremes[position]?.key } }))::text[]"
        case .distinct:
            let position = Self.next(&set)
            return
                "\(parameters.add(rows.map { $0.measures.map { PostgresBytes($0.distincts[position].sketch) } }))::bytea[]"
        }
    }

    private static func next(_ position: inout Int) -> Int {
        defer { position += 1 }
        return position
    }

    private static func json(_ measures: Publication.Measures?, _ index: Int, _ label: String) -> String? {
        measures.map { measures in
            Breakdown.json(measures.breakdowns[index].map { (Label($0.label), $0.count) }, label: label)
        }
    }
}
