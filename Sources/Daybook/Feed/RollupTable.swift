import PostgresClient

/// The SQL that creates a rollup's table or brings an existing one up to the definition.
package struct RollupTable: Sendable {
    package let rollup: Rollup

    package init(_ rollup: Rollup) {
        self.rollup = rollup
    }

    /// What the catalog says of the table as it stands.
    package struct Existing: Sendable, Hashable {
        package var columns: Set<String>
        package var hasPrimaryKey: Bool
        /// Whether some unique index is over exactly the key's columns, and treats nulls as the rollup needs it.
        package var hasKeyIndex: Bool
        package var hasFillFactor: Bool
        /// Every unique index over plain columns.
        package var keys: [Key]

        package struct Key: Sendable, Hashable {
            package var name: String
            package var isConstraint: Bool
            package var isPrimary: Bool
            package var nullsAreEqual: Bool
            package var columns: Set<String>
        }

        package init(
            columns: Set<String>, hasPrimaryKey: Bool, hasKeyIndex: Bool, hasFillFactor: Bool, keys: [Key] = []
        ) {
            self.columns = columns
            self.hasPrimaryKey = hasPrimaryKey
            self.hasKeyIndex = hasKeyIndex
            self.hasFillFactor = hasFillFactor
            self.keys = keys
        }
    }

    /// Room on every page for the next version of its rows, so that a flush updates in place and touches no index.
    private static let fillFactor = 70

    /// The columns that identify a row, in the order of the primary key.
    package var keyColumns: [String] { rollup.dimensions.map(\.name) + ["day"] }

    /// The statements that are still needed; none when the table is as it should be.
    package func statements(given existing: Existing?) -> [String] {
        guard let existing else { return create + comments }
        var statements: [String] = []
        for (name, definition) in columns where !existing.columns.contains(name) {
            statements.append("ALTER TABLE \(rollup.table.sql) ADD COLUMN \(name.quotedIdentifier) \(definition)")
        }
        if !existing.hasKeyIndex {
            statements.append(
                "ALTER TABLE \(rollup.table.sql) ADD \(keyConstraint(asPrimary: !existing.hasPrimaryKey))")
        }
        if !existing.hasFillFactor {
            statements.append(fillFactorStatement)
        }
        return statements
    }

    var fillFactorStatement: String { "ALTER TABLE \(rollup.table.sql) SET (fillfactor = \(Self.fillFactor))" }

    private var create: [String] {
        let lines = columns.map { "\($0.name.quotedIdentifier) \($0.definition)" } + [keyConstraint(asPrimary: true)]
        return [
            """
            CREATE TABLE \(rollup.table.sql) (
                \(lines.lines(indentedBy: 4))
            ) WITH (fillfactor = \(Self.fillFactor))
            """
        ]
    }

    private var comments: [String] {
        [
            "COMMENT ON TABLE \(rollup.table.sql) IS "
                + "\(rollup.definition.title), by \(rollup.definition.timeZone) day. Kept by Daybook; do not write."
                .quotedLiteral
        ]
            + rollup.measures.map { comment(on: $0.name, Self.meaning(of: $0.kind)) }
            + rollup.derived.map { comment(on: $0.name, $0.expression) }
    }

    func comment(on column: String, _ text: String) -> String {
        "COMMENT ON COLUMN \(rollup.table.sql).\(column.quotedIdentifier) IS \(text.quotedLiteral)"
    }

    static func meaning(of kind: RollupDefinition.Measure.Kind) -> String {
        switch kind {
        case .count: "Number of source rows"
        case .sum, .decimalSum: "Sum over the source rows"
        case .min: "Smallest value of the source rows"
        case .max: "Largest value of the source rows"
        case .first: "Value of the earliest source row"
        case .last: "Value of the latest source row"
        case .distinct:
            "Number of different values; beyond \(DistinctSet.limit) an estimate with a standard error of 1.6 %"
        case .countBy(let label): "Number of source rows by \(label), largest first"
        }
    }

    var columns: [(name: String, definition: String)] {
        rollup.dimensions.map { ($0.name, $0.isNullable ? $0.type : "\($0.type) NOT NULL") }
            + [("day", "date NOT NULL")]
            + rollup.measures.flatMap(\.columns).map { column in
                (column.name, [column.type, column.constraint].filter { !$0.isEmpty }.joined(separator: " "))
            }
            + rollup.derived.map { ($0.name, $0.type) }
    }

    func keyConstraint(asPrimary: Bool) -> String {
        let list = keyColumns.map(\.quotedIdentifier).commaSeparated
        if rollup.dimensions.contains(where: \.isNullable) { return "UNIQUE NULLS NOT DISTINCT (\(list))" }
        return asPrimary ? "PRIMARY KEY (\(list))" : "UNIQUE (\(list))"
    }
}
