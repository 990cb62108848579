/// The SQL that reads and writes a rollup's table, generated once per installed rollup.
package struct TableQuery: Sendable {
    package let rollup: Rollup
    private let shape: RowShape

    package init(_ rollup: Rollup) {
        self.rollup = rollup
        self.shape = RowShape(rollup)
    }

    /// Columns of a row as the daemon reads it, after the key and from whatever relation has the rollup's own columns:
    /// count, sums, for each label its values and their counts, then an array of the extremes' keys and one of the
    /// sets' sketches where the rollup has such measures.
    package var loadedColumns: [String] {
        // A column that came when the sources of a day were gone is null there.
        let count =
            rollup.measures.first { $0.kind == .count }.map { "coalesce(r.\($0.name.quotedIdentifier), 0)" } ?? "0"
        return [count] + rollup.sums.map { Self.loaded($0) }
            + zip(breakdownColumns, rollup.labels).flatMap { column, label in
                Self.labelArrays(of: "r.\(column.quotedIdentifier)", label: label)
            }
            + arrays(
                extremes: rollup.extremes.map { $0.key(ofRow: "r") },
                sets: rollup.distincts.map { "r.\($0.companion.quotedIdentifier)" })
    }

    /// One array of all extremes' keys and one of all sets' sketches, as far as there are any.
    private func arrays(extremes: [String], sets: [String]) -> [String] {
        (extremes.isEmpty ? [] : ["ARRAY[\(extremes.commaSeparated)]::text[]"])
            + (sets.isEmpty ? [] : ["ARRAY[\(sets.commaSeparated)]::bytea[]"])
    }

    /// A sum in whole units. A column wider than the measure may hold a fraction of one, from before Daybook.
    private static func loaded(_ measure: Rollup.Measure) -> String {
        let column = "coalesce(r.\(measure.name.quotedIdentifier), 0)"
        return measure.kind.decimalFormat == nil ? column : "round(\(measure.units(of: column)))"
    }

    /// The same out of measured rows (``SourceQuery/measured(_:)``).
    package var measuredColumns: [String] {
        ["r.n"] + shape.sums.map { "r.\($0.name)" }
            + rollup.labels.enumerated().flatMap { Self.labelArrays(of: "r.b\($0.offset + 1)", label: $0.element) }
            + arrays(extremes: shape.extremes.map { "r.\($0.name)" }, sets: shape.sets.map { "r.\($0)" })
    }

    /// All rows of day `$1`: key, then ``loadedColumns``.
    package var loadDay: String {
        "SELECT \(([key] + loadedColumns).commaSeparated) FROM \(rollup.table.sql) AS r WHERE r.day = $1::date"
    }

    /// The rows among days `$1` (`date[]`) and keys `$2…` (a `text[]` for each dimension): position from 1, then
    /// ``loadedColumns``.
    package var loadKeys: String {
        """
        SELECT \((["u.position"] + loadedColumns).commaSeparated)
        FROM unnest(\((["$1::date[]"] + keyArrays(from: 2)).commaSeparated)) WITH ORDINALITY
            AS u(\((["day"] + shape.dimensions.map(\.name) + ["position"]).commaSeparated))
        JOIN \(rollup.table.sql) AS r ON \(keyMatches)
        """
    }

    /// Writes absolute values: days `$1`, keys, counts (`bigint[]`), sums (`bigint[]` each, of decimals
    /// `numeric[]` of whole units), breakdowns (`text[]` each, JSON),
    /// extremes (`text[]` each, keys), sets (`bytea[]` each, sketches).
    package var upsert: String {
        let changing = columns.dropFirst(keyColumns.count).map(\.quotedIdentifier)
        return """
            INSERT INTO \(rollup.table.sql) (\(columns.map(\.quotedIdentifier).commaSeparated))
            SELECT m.*\(derivedColumns.map { ", \($0)" }.joined())
            FROM (
                SELECT \((keyValues(of: "u") + measureValues(of: "u")).lines(indentedBy: 8))
                FROM unnest(\(upsertArrays.commaSeparated)) AS u(\(upsertColumns.commaSeparated))
            ) AS m
            ON CONFLICT (\(keyColumns.map(\.quotedIdentifier).commaSeparated))
            DO UPDATE SET \(changing.map { "\($0) = EXCLUDED.\($0)" }.lines(indentedBy: 4))
            """
    }

    /// Deletes days `$1` and keys `$2…`.
    package var delete: String {
        """
        DELETE FROM \(rollup.table.sql) AS r
        USING unnest(\((["$1::date[]"] + keyArrays(from: 2)).commaSeparated))
            AS u(\((["day"] + shape.dimensions.map(\.name)).commaSeparated))
        WHERE \(keyMatches)
        """
    }

    /// Empties days `$1` to `$2`, of `$3` (``SourceQuery``).
    /// - Parameter others: the table's columns that are not the rollup's. Where there are any, the rows are left to
    ///   ``fill(_:keeping:)``, which takes them over.
    package func clear(_ source: SourceQuery, keeping others: [RollupTable.OtherColumn] = []) -> [String] {
        let days = "day = ANY ($3::date[]) AND day BETWEEN $1::date AND $2::date"
        return (others.isEmpty ? ["DELETE FROM \(rollup.table.sql) WHERE \(days)"] : []) + [
            "DELETE FROM daybook.parked WHERE rollup = \(source.rollupID) AND \(days)"
        ]
    }

    /// Fills days `$1` to `$2`, of `$3`, with what the sources say. One row: rows stored, and whether one of them should
    /// not have been. Fails where a row cannot be stored.
    package func fill(_ source: SourceQuery, keeping others: [RollupTable.OtherColumn] = []) -> String {
        """
        WITH \(gone(others))stored AS (
            INSERT INTO \(rollup.table.sql) (\((columns + others.map(\.name)).map(\.quotedIdentifier).commaSeparated))
            SELECT m.*\(derivedColumns.map { ", \($0)" }.joined())\(carried(others))
            FROM (
                SELECT \((keyValues(of: "q") + measureValues(of: "q")).lines(indentedBy: 8))
                FROM (\(source.measured(source.rows))) AS q
            ) AS m\(joinGone(others))
            -- In the order of the key, for the sake of its index.
            ORDER BY \(keyColumns.map { "m.\($0.quotedIdentifier)" }.commaSeparated)
            RETURNING \(StorageRule(rollup).refusesStoredKey) AS refused
        )
        SELECT count(*), coalesce(bool_or(refused), false) FROM stored
        """
    }

    /// The same, with every row judged before it is stored, and those parked that cannot be. One row: rows stored, rows
    /// parked.
    package func fillAndPark(_ source: SourceQuery, keeping others: [RollupTable.OtherColumn] = []) -> String {
        """
        WITH \(gone(others))judged AS (
            SELECT q.*, \(StorageRule(rollup).reasonExpression(of: "q")) AS reason
            FROM (\(source.measured(source.rows))) AS q
        ), parked AS (
            INSERT INTO daybook.parked (rollup, day, key, reason)
            SELECT \(source.rollupID), j.day, \(shape.key(of: "j")), j.reason FROM judged AS j WHERE j.reason IS NOT NULL
            RETURNING 1
        ), stored AS (
            INSERT INTO \(rollup.table.sql) (\((columns + others.map(\.name)).map(\.quotedIdentifier).commaSeparated))
            SELECT m.*\(derivedColumns.map { ", \($0)" }.joined())\(carried(others))
            FROM (
                SELECT \((keyValues(of: "j") + measureValues(of: "j")).lines(indentedBy: 12))
                FROM judged AS j WHERE j.reason IS NULL
            ) AS m\(joinGone(others))
            RETURNING 1
        )
        SELECT (SELECT count(*) FROM stored), (SELECT count(*) FROM parked)
        """
    }

    /// The rows that the table should have, with its columns, out of measured rows (``SourceQuery/measured(_:)``); without
    /// those that it cannot hold.
    package func rows(of measured: String) -> String {
        let derived = zip(rollup.derived, derivedColumns).map { ", \($1) AS \($0.name.quotedIdentifier)" }
        return """
            SELECT m.*\(derived.joined())
            FROM (
                SELECT \((keyValues(of: "q") + measureValues(of: "q")).lines(indentedBy: 8))
                FROM (\(measured)) AS q WHERE \(StorageRule(rollup).reasonExpression(of: "q")) IS NULL
            ) AS m
            """
    }

    /// The rows that stood there, taken away. A row is inserted after its own predecessor has been read from here, and so
    /// is gone.
    private func gone(_ others: [RollupTable.OtherColumn]) -> String {
        guard !others.isEmpty else { return "" }
        return """
            gone AS (
                DELETE FROM \(rollup.table.sql) WHERE day = ANY ($3::date[]) AND day BETWEEN $1::date AND $2::date
                RETURNING \((keyColumns + others.map(\.name)).map(\.quotedIdentifier).commaSeparated)
            ),\u{20}
            """
    }

    private func carried(_ others: [RollupTable.OtherColumn]) -> String {
        others.map { ", CASE WHEN g.day IS NULL THEN \($0.defaultValue) ELSE g.\($0.name.quotedIdentifier) END" }
            .joined()
    }

    /// By the key, and first by its hash, which can be joined whatever is null in it.
    private func joinGone(_ others: [RollupTable.OtherColumn]) -> String {
        guard !others.isEmpty else { return "" }
        func hash(_ alias: String) -> String {
            BucketTotals.hash(of: keyColumns.map { "\(alias).\($0.quotedIdentifier)" })
        }
        let same = keyColumns.map { "g.\($0.quotedIdentifier) IS NOT DISTINCT FROM m.\($0.quotedIdentifier)" }
        return " LEFT JOIN gone AS g ON \(hash("g")) = \(hash("m")) AND \(same.joined(separator: " AND "))"
    }

    /// Computes the derived columns of days `$1` (`date[]`) anew, out of the rows' own measures.
    package var rederive: String? {
        guard !rollup.derived.isEmpty else { return nil }
        let assignments = zip(rollup.derived, derivedColumns).map { "\($0.name.quotedIdentifier) = \($1)" }
        return "UPDATE \(rollup.table.sql) SET \(assignments.lines(indentedBy: 4)) WHERE day = ANY ($1::date[])"
    }

    private var columns: [String] {
        keyColumns + rollup.measures.flatMap(\.columns).map(\.name) + rollup.derived.map(\.name)
    }

    /// The key of a row of the rollup table, as the event log holds it.
    package var key: String {
        "ARRAY[\(rollup.dimensions.map { "r.\($0.name.quotedIdentifier)::text" }.commaSeparated)]::text[]"
    }

    /// The columns of the measures that count by a label, in the labels' order.
    package var breakdownColumns: [String] {
        rollup.measures.filter { if case .countBy = $0.kind { true } else { false } }.map(\.name)
    }

    /// Derived expressions over a relation that has the rollup's measures as columns.
    package var derivedColumns: [String] {
        rollup.derived.map { "\(parenthesized($0.expression))::\($0.type)" }
    }

    private var keyColumns: [String] { RollupTable(rollup).keyColumns }

    private func keyArrays(from first: Int) -> [String] {
        shape.dimensions.indices.map { "$\(first + $0)::text[]" }
    }

    private var upsertColumns: [String] {
        ["day"] + shape.dimensions.map(\.name) + ["n"] + shape.sums.map(\.name)
            + breakdownColumns.indices.map { "b\($0 + 1)" } + shape.extremes.map(\.name) + shape.sets
    }

    private var upsertArrays: [String] {
        let types =
            ["date[]"] + shape.dimensions.map { _ in "text[]" } + ["bigint[]"]
            + rollup.sums.map { $0.kind.decimalFormat == nil ? "bigint[]" : "numeric[]" }
            + breakdownColumns.map { _ in "text[]" } + shape.extremes.map { _ in "text[]" }
            + shape.sets.map { _ in "bytea[]" }
        return types.enumerated().map { "$\($0.offset + 1)::\($0.element)" }
    }

    private func keyValues(of alias: String) -> [String] {
        zip(rollup.dimensions, shape.dimensions).map { dimension, column in
            "\(alias).\(column.name)::\(column.type) AS \(dimension.name.quotedIdentifier)"
        } + ["\(alias).day AS \("day".quotedIdentifier)"]
    }

    private func measureValues(of alias: String) -> [String] {
        var sum = 0
        var breakdown = 0
        var extremes = shape.extremes.makeIterator()
        var sets = shape.sets.makeIterator()
        return rollup.measures.flatMap { measure -> [String] in
            let column: String
            switch measure.kind {
            case .count: column = "n"
            case .sum, .decimalSum:
                sum += 1
                column = "v\(sum)"
            case .countBy:
                breakdown += 1
                column = "b\(breakdown)"
            case .min, .max, .first, .last:
                return measure.values(ofKey: "\(alias).\(extremes.next()?.name ?? "")").map(Self.named)
            case .distinct: return measure.values(ofSketch: "\(alias).\(sets.next() ?? "")").map(Self.named)
            }
            return [
                "\(measure.value(ofUnits: "\(alias).\(column)"))::\(measure.type) AS \(measure.name.quotedIdentifier)"
            ]
        }
    }

    private static func named(_ column: String, _ value: String) -> String {
        "\(value) AS \(column.quotedIdentifier)"
    }

    private var keyMatches: String {
        (["r.day = u.day"]
            + zip(rollup.dimensions, shape.dimensions).map { dimension, column in
                let equals = dimension.isNullable ? "IS NOT DISTINCT FROM" : "="
                return "r.\(dimension.name.quotedIdentifier) \(equals) u.\(column.name)::\(column.type)"
            }).joined(separator: " AND ")
    }

    /// A breakdown that is no list, in a row from before Daybook, has no labels.
    private static func labelArrays(of column: String, label: String) -> [String] {
        let elements = "jsonb_array_elements(CASE jsonb_typeof(\(column)) WHEN 'array' THEN \(column) END)"
        return [
            "ARRAY(SELECT x ->> \(label.quotedLiteral) FROM \(elements) AS x)",
            "ARRAY(SELECT coalesce((x ->> 'count')::numeric, 0) FROM \(elements) AS x)",
        ]
    }
}
