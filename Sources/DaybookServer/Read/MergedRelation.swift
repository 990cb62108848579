import Daybook
import PostgresClient

/// A rollup's rows as they are now: the table's, with rows of memory in the place of their own.
///
/// Postgres itself does the merging: the rows of memory travel as arrays of texts, which it casts to the columns' types, and
/// the derived columns are the definition's own expressions.
struct MergedRelation {
    private let rollup: Rollup
    private let names: [String]
    /// The rows of memory as a common table expression, where there are any.
    private let overlay: String?
    private let body: String

    /// - Parameters:
    ///   - days: nil for all.
    ///   - rows: those of memory, of any day.
    init(
        _ served: ServedRollup, days: ClosedRange<PostgresDate>?, filters: [DimensionFilter],
        rows: [PostgresDate: Overlay.Day], _ parameters: inout SQLParameters
    ) {
        rollup = served.rollup
        names = served.storedColumns
        var conditions: [String] = []
        if let days {
            conditions.append(
                "r.day BETWEEN \(parameters.add(days.lowerBound))::date AND \(parameters.add(days.upperBound))::date")
        }
        for filter in filters {
            let column = "r.\(filter.dimension.name.quotedIdentifier)"
            if let value = filter.value {
                conditions.append("\(column) = \(parameters.add(value))::\(filter.dimension.comparisonType)")
            } else {
                conditions.append("\(column) IS NULL")
            }
        }
        let columns = names.map(\.quotedIdentifier)
        var places: [RowArrays.Place] = []
        for (day, rows) in rows where days?.contains(day) ?? true {
            for (key, measures) in rows where filters.allSatisfy({ $0.accepts(key, of: served.rollup) }) {
                places.append((day, key, measures))
            }
        }
        guard !places.isEmpty else {
            overlay = nil
            body = """
                SELECT \(columns.map { "r.\($0)" }.commaSeparated) FROM \(served.rollup.table.sql) AS r
                \(conditions.isEmpty ? "" : "WHERE \(conditions.joined(separator: " AND "))")
                """
            return
        }
        overlay = RowArrays(served.rollup).select(places, &parameters)
        conditions.append(
            "NOT EXISTS (SELECT FROM \(Self.overlayName) AS o WHERE \(Self.sameKey(served.rollup)))"
        )
        body = """
            SELECT \(columns.map { "r.\($0)" }.commaSeparated) FROM \(served.rollup.table.sql) AS r
            WHERE \(conditions.joined(separator: " AND "))
            UNION ALL
            SELECT \(columns.map { "o.\($0)" }.commaSeparated) FROM \(Self.overlayName) AS o WHERE o.\(RowArrays.isThere)
            """
    }

    /// Whether rows of memory take part.
    var isProvisional: Bool { overlay != nil }

    /// A statement over the rows, which `rest` refers to by the given name.
    func query(as name: String, _ rest: String) -> String {
        let overlay = overlay.map { "\(Self.overlayName) AS MATERIALIZED (\n\($0)\n), " } ?? ""
        return "WITH \(overlay)\(name) AS (\n\(body)\n)\(rest)"
    }

    private static let overlayName = "\"daybook overlay\""

    private static func sameKey(_ rollup: Rollup) -> String {
        (["o.day = r.day"]
            + rollup.dimensions.map { dimension in
                let name = dimension.name.quotedIdentifier
                return "o.\(name) \(dimension.isNullable ? "IS NOT DISTINCT FROM" : "=") r.\(name)"
            }).joined(separator: " AND ")
    }
}
