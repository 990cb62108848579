import Daybook

/// What one column of a measure comes to over many rows.
struct TotalColumn: Sendable {
    let name: String
    let type: String
    /// SQL over rows with the given alias; null where there are none.
    let aggregate: @Sendable (_ alias: String) -> String
    /// SQL of what it is where there are no rows: zero or null.
    let ofNothing: String
    /// Whether it is a sum, which may not fit 64 bits.
    let isSum: Bool
    /// Whether a change of it can be told as a share.
    let isNumber: Bool

    /// None for a measure that counts by a label.
    static func all(of measure: Rollup.Measure) -> [TotalColumn] {
        let column = measure.name.quotedIdentifier
        switch measure.kind {
        case .count, .sum:
            let type = ["smallint", "integer"].contains(measure.type) ? "bigint" : measure.type
            return [sum(measure, type)]
        case .decimalSum(let format):
            return [sum(measure, "numeric(\(DecimalFormat.largestPrecision),\(format.scale))")]
        case .min, .max:
            let isNumber = measure.kind.order.map { $0.isNumber } ?? false
            let aggregate = measure.kind.extreme == .smallest ? "min" : "max"
            return [value(measure.name, measure.type, isNumber) { "\(aggregate)(\($0).\(column))" }]
        case .first, .last:
            let at = measure.companion.quotedIdentifier
            let isFirst = measure.kind.extreme == .smallest
            let order = isFirst ? "ASC" : "DESC"
            return [
                value(measure.name, measure.type, false) { alias in
                    """
                    (array_agg(\(alias).\(column) ORDER BY \(alias).\(at) \(order), \(alias).\(column)::text COLLATE "C" \(order)) \
                    FILTER (WHERE \(alias).\(at) IS NOT NULL))[1]
                    """
                },
                value(measure.companion, "timestamp with time zone", false) { alias in
                    "\(isFirst ? "min" : "max")(\(alias).\(at))"
                },
            ]
        case .distinct:
            let sketch = measure.companion.quotedIdentifier
            return [
                TotalColumn(
                    name: measure.name, type: "bigint",
                    aggregate: { "daybook.distinct_union_count(array_agg(\($0).\(sketch)))" }, ofNothing: "0::bigint",
                    isSum: false, isNumber: true)
            ]
        case .countBy: return []
        }
    }

    private static func sum(_ measure: Rollup.Measure, _ type: String) -> TotalColumn {
        let column = measure.name.quotedIdentifier
        return TotalColumn(
            name: measure.name, type: type, aggregate: { "sum(\($0).\(column))" }, ofNothing: "0::\(type)", isSum: true,
            isNumber: true)
    }

    private static func value(
        _ name: String, _ type: String, _ isNumber: Bool, _ aggregate: @escaping @Sendable (String) -> String
    ) -> TotalColumn {
        TotalColumn(
            name: name, type: type, aggregate: aggregate, ofNothing: "NULL::\(type)", isSum: false, isNumber: isNumber)
    }

    /// Out of a relation `s` of aggregates: the value in a type that the derived expressions know. A sum of whole
    /// numbers beyond 64 bits, and one of decimals beyond 38 digits, is null.
    var value: String {
        let column = "s.\(name.quotedIdentifier)"
        guard isSum else { return "coalesce(\(column), \(ofNothing))" }
        let sum = "coalesce(\(column), 0)"
        let limits =
            DecimalFormat(type).map { format in
                let nines = String(repeating: "9", count: format.precision - format.scale)
                return "-\(nines).0 AND \(nines).0"
            } ?? "\(Int64.min) AND \(Int64.max)"
        return "CASE WHEN \(sum) BETWEEN \(limits) THEN \(sum)::\(type) END"
    }
}

extension OrderedType {
    /// Whether values are numbers, of which a change can be told.
    fileprivate var isNumber: Bool {
        switch self {
        case .integer, .bigint, .numeric: true
        case .date, .timestamp, .timestampWithTimeZone: false
        }
    }
}
