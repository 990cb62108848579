import Daybook

/// The SQL that takes a rollup's rows together and computes the derived columns over what comes of it.
struct Totals {
    let served: ServedRollup

    init(_ served: ServedRollup) {
        self.served = served
    }

    /// What the measures come to over rows called `alias`; null where there are none.
    func aggregates(of alias: String) -> [String] {
        served.totals.map { "\($0.aggregate(alias)) AS \($0.name.quotedIdentifier)" }
    }

    /// The names of ``aggregates(of:)``, over a relation called `alias`.
    func columns(of alias: String) -> [String] {
        served.totals.map { "\(alias).\($0.name.quotedIdentifier)" }
    }

    /// Out of a relation `s` with aggregates: the measures in types that the expressions know.
    var measures: [String] {
        served.totals.map { "\($0.value) AS \($0.name.quotedIdentifier)" }
    }

    /// The derived columns over a relation `m` with the measures.
    var derived: [String] {
        zip(served.rollup.derived, TableQuery(served.rollup).derivedColumns).map { derived, expression in
            let name = derived.name.quotedIdentifier
            return switch served.derivation[derived.name] ?? .never {
            case .always: "\(expression) AS \(name)"
            case .whenCounted:
                "CASE WHEN m.\(served.count.name.quotedIdentifier) > 0 THEN \(expression) END AS \(name)"
            case .never: "NULL::\(derived.type) AS \(name)"
            }
        }
    }

    /// The names of what ``measures`` and ``derived`` make.
    var names: [String] { served.totals.map(\.name) + served.rollup.derived.map(\.name) }

    /// Those that a page draws: a value that is no number has no place on an axis.
    var drawn: [String] { served.totals.filter(\.isNumber).map(\.name) + served.rollup.derived.map(\.name) }

    /// Those that are numbers.
    var numbers: [String] {
        served.totals.filter(\.isNumber).map(\.name) + served.rollup.derived.filter(\.isNumber).map(\.name)
    }

    /// A relation `name` of `keys`, measures and derived columns out of `sums`, a relation of keys and aggregates.
    func relation(_ name: String, keys: [String], from sums: String) -> String {
        """
        \(name) AS (
            SELECT \((keys.map { "m.\($0)" } + columns(of: "m") + derived).commaSeparated)
            FROM (SELECT \((keys.map { "s.\($0)" } + measures).commaSeparated) FROM \(sums) AS s) AS m
        )
        """
    }
}
