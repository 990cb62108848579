import Daybook
import PostgresClient

/// A rollup as the API serves it.
struct ServedRollup: Sendable {
    let rollup: Rollup
    /// As installed: a rollup that is defined anew gets another one.
    let id: Int32
    /// Which derived values there are over sums of many rows, and over none.
    let derivation: [String: Derivation]

    enum Derivation: Sendable, Hashable {
        /// The expression has a value even where nothing was counted.
        case always
        /// Only where something was counted (it divides by the count, say).
        case whenCounted
        /// Not over sums: it needs what only a single row has.
        case never
    }

    /// The first measure that counts; every rollup has one.
    var count: Rollup.Measure {
        rollup.measures.first { $0.kind == .count } ?? rollup.measures[0]
    }

    /// What measures come to over many rows, in the definition's order: all but those that count by a label.
    var totals: [TotalColumn] { rollup.measures.flatMap(TotalColumn.all) }

    var breakdowns: [(measure: Rollup.Measure, label: String)] {
        rollup.measures.compactMap { if case .countBy(let label) = $0.kind { ($0, label) } else { nil } }
    }

    /// The columns of a row that are shown: day, dimensions, measures, derived.
    var columns: [String] {
        ["day"] + rollup.dimensions.map(\.name) + rollup.measures.flatMap(\.shownColumns) + rollup.derived.map(\.name)
    }

    /// All columns of a row: also what sets are made of.
    var storedColumns: [String] {
        ["day"] + rollup.dimensions.map(\.name) + rollup.measures.flatMap(\.columns).map(\.name)
            + rollup.derived.map(\.name)
    }

    /// What each derived expression is good for, found by trying.
    static func probe(
        _ rollup: Rollup, on connection: PostgresConnection
    ) async throws -> [String: Derivation] {
        var found: [String: Derivation] = [:]
        let zeros = rollup.measures.flatMap(TotalColumn.all).map { "\($0.ofNothing) AS \($0.name.quotedIdentifier)" }
        for derived in rollup.derived {
            do {
                try await connection.query(
                    "SELECT \(parenthesized(derived.expression))::\(derived.type) FROM (SELECT \(zeros.commaSeparated)) AS m"
                )
                found[derived.name] = .always
            } catch let error as PostgresError where error.code == .server {
                found[derived.name] = error.sqlState?.hasPrefix("22") == true ? .whenCounted : .never
            }
        }
        return found
    }
}

extension Rollup.Measure {
    /// Whether values may be any text, some of which a spreadsheet takes for a formula.
    var isText: Bool {
        kind.isDated
            && !["smallint", "integer", "bigint", "boolean", "uuid", "date"].contains(type)
            && !type.hasPrefix("numeric") && !type.hasPrefix("timestamp")
    }

    /// The measure's columns without the bytes that say nothing to a reader.
    var shownColumns: [String] { kind == .distinct ? [name] : columns.map(\.name) }
}

extension Rollup.Derived {
    /// Whether values are numbers, of which a change can be told.
    var isNumber: Bool {
        ["smallint", "integer", "bigint", "real", "double precision"].contains(type) || type.hasPrefix("numeric")
    }
}
