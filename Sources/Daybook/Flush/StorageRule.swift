import PostgresClient

/// Which rows a rollup table can hold. The others are parked, with the reason that this rule gives.
///
/// Said twice, because rows come from memory (``reason(key:row:)``) and from inside Postgres (``reasonExpression``); a test
/// holds the two against each other.
package struct StorageRule: Sendable {
    /// A B-tree entry has to fit a third of a page, 2,704 bytes. Each dimension is counted as its text and 16 bytes for
    /// header and alignment, compression aside, so that whatever passes can be stored.
    package static let longestKey = 2600
    package static let bytesPerDimension = 16

    private let rollup: Rollup

    package init(_ rollup: Rollup) {
        self.rollup = rollup
    }

    /// Why the row cannot be stored, or nil when it can.
    package func reason(key: RowKey, row: RollupRow) -> String? {
        var length = 0
        var index = 0
        var reason: String?
        key.forEachValue { value in
            if value == nil, !rollup.dimensions[index].isNullable, reason == nil {
                reason = Self.null(in: rollup.dimensions[index].name)
            }
            length += (value?.count ?? 0) + Self.bytesPerDimension
            index += 1
        }
        if let reason { return reason }
        if length > Self.longestKey { return Self.tooLong }
        var sums = row.sums.makeIterator()
        for measure in rollup.measures {
            let value: Int128
            switch measure.kind {
            case .count: value = row.count
            case .sum, .decimalSum: value = sums.next() ?? 0
            case .countBy, .min, .max, .first, .last, .distinct: continue
            }
            if !Self.range(of: measure).contains(value) { return Self.outOfRange(measure) }
        }
        return nil
    }

    /// Whether a row that the table has taken is one that this rule would not store: a long key that compresses well, a null
    /// that no constraint forbids.
    package var refusesStoredKey: String {
        let nulls = rollup.dimensions.filter { !$0.isNullable }.map { "\($0.name.quotedIdentifier) IS NULL" }
        let tooLong = Self.isTooLong(rollup.dimensions.map(\.name.quotedIdentifier))
        return (nulls + [tooLong]).joined(separator: " OR ")
    }

    private static func isTooLong(_ dimensions: [String]) -> String {
        let lengths = dimensions.map { "coalesce(octet_length(\($0)::text), 0) + \(bytesPerDimension)" }
        return "\((["0"] + lengths).joined(separator: " + ")) > \(longestKey)"
    }

    /// Whether a statement has failed over rows that the table cannot hold: a value out of range, a constraint, an index
    /// entry too large.
    static func isRefusal(_ error: PostgresError) -> Bool {
        ["22", "23", "54"].contains(error.sqlState?.prefix(2) ?? "")
    }

    /// The same over measured rows (``SourceQuery/measured(_:)``) with the given alias; NULL when the row can be stored.
    package func reasonExpression(of alias: String) -> String {
        let shape = RowShape(rollup)
        var cases = zip(rollup.dimensions, shape.dimensions).filter { !$0.0.isNullable }.map { dimension, column in
            "WHEN \(alias).\(column.name) IS NULL THEN \(Self.null(in: dimension.name).quotedLiteral)"
        }
        cases.append(
            "WHEN \(Self.isTooLong(shape.dimensions.map { "\(alias).\($0.name)" })) THEN \(Self.tooLong.quotedLiteral)"
        )
        var sums = shape.sums.makeIterator()
        for measure in rollup.measures {
            let column: String
            switch measure.kind {
            case .count: column = "n"
            case .sum, .decimalSum: column = sums.next()?.name ?? "n"
            case .countBy, .min, .max, .first, .last, .distinct: continue
            }
            let range = Self.range(of: measure)
            cases.append(
                """
                WHEN \(alias).\(column) NOT BETWEEN \(range.lowerBound) AND \(range.upperBound) \
                THEN \(Self.outOfRange(measure).quotedLiteral)
                """
            )
        }
        return cases.isEmpty ? "NULL::text" : "CASE \(cases.joined(separator: "\n        ")) END"
    }

    private static func null(in dimension: String) -> String { "null in dimension \(dimension)" }
    private static let tooLong = "key too long for an index"
    private static func outOfRange(_ measure: Rollup.Measure) -> String { "\(measure.name) beyond \(measure.type)" }

    /// Of a sum of decimals, in whole units.
    private static func range(of measure: Rollup.Measure) -> ClosedRange<Int128> {
        if let range = measure.kind.decimalFormat?.range(inColumnOf: measure.type) { return range }
        return switch measure.type {
        case "smallint": Int128(Int16.min)...Int128(Int16.max)
        case "integer": Int128(Int32.min)...Int128(Int32.max)
        default: Int128(Int64.min)...Int128(Int64.max)
        }
    }
}
