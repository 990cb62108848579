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
        var sum = 0
        var breakdown = 0
        for (index, measure) in rollup.measures.enumerated() {
            let array: String
            switch measure.kind {
            case .count:
                array = "\(parameters.add(rows.map { $0.measures.map { Int64(clamping: $0.count) } }))::bigint[]"
            case .sum:
                let position = sum
                sum += 1
                array =
                    "\(parameters.add(rows.map { $0.measures.map { Int64(clamping: $0.sums[position]) } }))::bigint[]"
            case .countBy(let label):
                let position = breakdown
                breakdown += 1
                array = "\(parameters.add(rows.map { Self.json($0.measures, position, label) }))::text[]"
            }
            arrays.append(("m\(index + 1)", array))
            columns.append("u.m\(index + 1)::\(measure.type) AS \(measure.name.quotedIdentifier)")
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

    private static func json(_ measures: Publication.Measures?, _ index: Int, _ label: String) -> String? {
        measures.map { measures in
            Breakdown.json(measures.breakdowns[index].map { (Label($0.label), $0.count) }, label: label)
        }
    }
}
