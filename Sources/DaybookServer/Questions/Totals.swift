import Daybook

/// The SQL that adds a rollup's rows up and computes the derived columns over the sums.
struct Totals {
    let served: ServedRollup

    init(_ served: ServedRollup) {
        self.served = served
    }

    /// Sums over rows called `alias`; null where there are none.
    func sums(of alias: String) -> [String] {
        served.summable.map {
            "sum(\(alias).\($0.name.quotedIdentifier)) AS \($0.name.quotedIdentifier)"
        }
    }

    /// Out of a relation `s` with sums: the measures in types that the expressions know. A sum beyond 64 bits is null.
    var measures: [String] {
        served.summable.map { measure in
            let name = measure.name.quotedIdentifier
            let sum = "coalesce(s.\(name), 0)"
            return """
                CASE WHEN \(sum) BETWEEN \(Int64.min) AND \(Int64.max) THEN \(sum)::\(measure.sumType) END AS \(name)
                """
        }
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
    var names: [String] { served.summable.map(\.name) + served.rollup.derived.map(\.name) }

    /// Those that are numbers.
    var numbers: [String] {
        served.summable.map(\.name) + served.rollup.derived.filter(\.isNumber).map(\.name)
    }

    /// A relation `name` of `keys`, measures and derived columns out of `sums`, a relation of keys and sums.
    func relation(_ name: String, keys: [String], from sums: String) -> String {
        """
        \(name) AS (
            SELECT \((keys.map { "m.\($0)" } + served.summable.map { "m.\($0.name.quotedIdentifier)" } + derived).commaSeparated)
            FROM (SELECT \((keys.map { "s.\($0)" } + measures).commaSeparated) FROM \(sums) AS s) AS m
        )
        """
    }
}
