import PostgresClient

/// The SQL of one rollup's snapshot files: the rollup's columns as a SQLite table beside `meta`.
///
/// Dimensions come first, then `day`, then the measures, each in the definition's order; derived columns are
/// Postgres' to compute. SQLite's names ignore the case of ASCII letters, so a name that would be taken gets a
/// number.
struct SnapshotTable: Sendable {
    let rollup: Rollup
    /// Unquoted, in file order: dimensions, day, measures.
    let columns: [String]
    let name: String
    /// Which dimensions are SQLite integers.
    let areIntegers: [Bool]
    /// Which dimensions may be null.
    let areNullable: [Bool]
    /// The measures' kinds, without what makes them costly to copy for every row.
    let shapes: [Shape]
    let sumCount: Int
    let labelCount: Int

    enum Shape: Sendable {
        case count, sum, countBy
        case decimal(DecimalFormat)
        case extreme(OrderedType)
        case dated, distinct
    }

    init(_ rollup: Rollup) {
        self.rollup = rollup
        let wanted = rollup.dimensions.map(\.name) + ["day"] + rollup.measures.flatMap(\.columns).map(\.name)
        columns = Self.distinct(wanted)
        areIntegers = rollup.dimensions.map { ["smallint", "integer", "bigint"].contains($0.type) }
        areNullable = rollup.dimensions.map(\.isNullable)
        shapes = rollup.measures.map { measure in
            switch measure.kind {
            case .count: .count
            case .sum: .sum
            case .decimalSum(let format): .decimal(format)
            case .min(let type), .max(let type): .extreme(type)
            case .first, .last: .dated
            case .distinct: .distinct
            case .countBy: .countBy
            }
        }
        sumCount = rollup.sums.count
        labelCount = rollup.labels.count
        let plain = rollup.table.name
        let isReserved = plain.asciiLowercased == "meta" || plain.asciiLowercased.hasPrefix("sqlite_")
        name = isReserved ? "rollup_\(plain)" : plain
    }

    static let createMeta =
        "CREATE TABLE \"meta\" (\"key\" TEXT NOT NULL PRIMARY KEY, \"value\" TEXT NOT NULL) WITHOUT ROWID"
    static let selectMeta = "SELECT \"key\", \"value\" FROM \"meta\""
    static let insertMeta = "INSERT INTO \"meta\" (\"key\", \"value\") VALUES (?, ?)"
    static let deleteMeta = "DELETE FROM \"meta\""

    /// A key has its table to itself where it cannot be null. SQLite takes two nulls for different keys, so otherwise
    /// it is the writer who keeps keys apart: it deletes the row before it inserts its successor.
    var create: String {
        let dimensions = rollup.dimensions.enumerated().map { index, dimension in
            let type = areIntegers[index] ? "INTEGER" : "TEXT"
            return "\(columns[index].quotedIdentifier) \(type)\(dimension.isNullable ? "" : " NOT NULL")"
        }
        let measures = zip(columns.dropFirst(rollup.dimensions.count + 1), shapes.flatMap(\.types)).map {
            column, type in
            "\(column.quotedIdentifier) \(type)"
        }
        let day = "\(columns[rollup.dimensions.count].quotedIdentifier) TEXT NOT NULL"
        let key = "PRIMARY KEY (\(keyColumns.commaSeparated))"
        let lines = dimensions + [day] + measures + [key]
        let isNullable = rollup.dimensions.contains(where: \.isNullable)
        return """
            CREATE TABLE \(name.quotedIdentifier) (
                \(lines.lines(indentedBy: 4))
            )\(isNullable ? "" : " WITHOUT ROWID")
            """
    }

    /// All rows, with every column.
    var selectAll: String { "SELECT \(list) FROM \(name.quotedIdentifier)" }
    /// The row of a key: parameters in the order of the key's columns.
    var selectRow: String { "\(selectAll) WHERE \(keyMatches)" }
    var deleteRow: String { "DELETE FROM \(name.quotedIdentifier) WHERE \(keyMatches)" }
    var insertRow: String {
        let marks = Array(repeating: "?", count: columns.count).commaSeparated
        return "INSERT INTO \(name.quotedIdentifier) (\(list)) VALUES (\(marks))"
    }

    private var list: String { columns.map(\.quotedIdentifier).commaSeparated }
    private var keyColumns: [String] { columns.prefix(rollup.dimensions.count + 1).map(\.quotedIdentifier) }
    /// `IS` is equality of bytes here, and finds nulls.
    private var keyMatches: String { keyColumns.map { "\($0) IS ?" }.joined(separator: " AND ") }

    private static func distinct(_ names: [String]) -> [String] {
        var taken: Set<String> = []
        let reserved = Set(names.map(\.asciiLowercased))
        return names.map { name in
            var candidate = name
            var number = 2
            while !taken.insert(candidate.asciiLowercased).inserted {
                repeat {
                    candidate = "\(name)_\(number)"
                    number += 1
                } while reserved.contains(candidate.asciiLowercased)
            }
            return candidate
        }
    }
}

extension String {
    /// A to Z become a to z, as SQLite compares names; no other letter changes.
    fileprivate var asciiLowercased: String {
        String(decoding: utf8.map { (0x41...0x5A).contains($0) ? $0 + 0x20 : $0 }, as: UTF8.self)
    }
}

extension SnapshotTable.Shape {
    /// Of the columns that the measure takes.
    var types: [String] {
        switch self {
        case .count, .sum: ["INTEGER NOT NULL"]
        case .decimal, .countBy: ["TEXT NOT NULL"]
        case .extreme(.numeric), .extreme(.date): ["TEXT"]
        case .extreme: ["INTEGER"]
        case .dated: ["TEXT", "INTEGER"]
        case .distinct: ["INTEGER NOT NULL", "BLOB NOT NULL"]
        }
    }
}
