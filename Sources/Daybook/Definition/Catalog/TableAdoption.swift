/// Whether an existing table can become a rollup's, judged from its columns and indexes alone.
struct TableAdoption {
    struct Problem: Equatable {
        var path: [String]
        var message: String
        var remedy: String
    }

    let definition: RollupDefinition
    let table: QualifiedName
    let columns: [CatalogColumn]
    let indexes: [CatalogIndex]
    let partitionKey: Set<String>
    /// The declared types, by dimension.
    let types: [String: ExpressionType]

    var key: [String] { definition.dimensions.map(\.name) + ["day"] }

    /// The key columns that the table has not got.
    var missingKeyColumns: [String] { key.filter { column($0) == nil } }

    /// Whether an index already guarantees that keys are distinct.
    var hasUniqueKey: Bool {
        let key = Set(key)
        return indexes.contains {
            $0.isArbiter && Set($0.columns) == Set(key.map(Optional.some)) && $0.columns.count == key.count
        }
    }

    /// Whether `install` has to change the table, which takes its owner.
    var needsChange: Bool {
        !hasUniqueKey || !missingKeyColumns.isEmpty
            || (definition.measures.map(\.name) + definition.derived.map(\.name)).contains { column($0) == nil }
    }

    var problems: [Problem] {
        dimensionProblems + dayProblems + measureProblems + generatedProblems + otherColumnProblems + indexProblems
            + partitionProblems
    }

    private func column(_ name: String) -> CatalogColumn? {
        columns.first { $0.name == name }
    }

    private func alter(_ name: String, to type: String) -> String {
        "ALTER TABLE \(table.sql) ALTER COLUMN \(name.quotedIdentifier) TYPE \(type);"
    }
}

// MARK: - Columns

extension TableAdoption {
    private var dimensionProblems: [Problem] {
        definition.dimensions.flatMap { dimension -> [Problem] in
            guard let column = column(dimension.name), let declared = types[dimension.name] else { return [] }
            let path = ["dimensions", dimension.name]
            var problems: [Problem] = []
            let bothText = [column.type, declared.oid].allSatisfy {
                $0 == ExpressionType.OID.text || $0 == ExpressionType.OID.varchar
            }
            if !bothText, column.typeName != declared.name {
                problems.append(
                    Problem(
                        path: path,
                        message:
                            "the dimension is \(declared.name), but the column of the existing table is \(column.typeName)",
                        remedy: "Declare it as \(column.typeName), or: \(alter(dimension.name, to: declared.name))"))
            }
            if !column.hasDeterministicCollation {
                problems.append(
                    Problem(
                        path: path,
                        message:
                            "the column of the existing table has a nondeterministic collation, under which different texts are equal",
                        remedy: alter(dimension.name, to: "\(column.typeName) COLLATE \"default\"")))
            }
            if dimension.isNullable, column.isNotNull {
                problems.append(
                    Problem(
                        path: path, message: "the dimension may be null, but the column of the existing table may not",
                        remedy: "Remove the question mark, or take NOT NULL (and the primary key) from the column."))
            }
            return problems
        }
    }

    private var dayProblems: [Problem] {
        guard let day = column("day"), day.type != ExpressionType.OID.date else { return [] }
        return [
            Problem(
                path: ["rollup"], message: "the column \"day\" of the existing table is \(day.typeName), not date",
                remedy: alter("day", to: "date"))
        ]
    }

    private var measureProblems: [Problem] {
        definition.measures.compactMap { measure in
            guard let column = column(measure.name) else { return nil }
            let isFit =
                switch measure.kind {
                case .count, .sum:
                    [ExpressionType.OID.int2, ExpressionType.OID.int4, ExpressionType.OID.int8].contains(column.type)
                case .countBy: column.type == ExpressionType.OID.jsonb
                }
            return isFit
                ? nil
                : Problem(
                    path: ["measures", measure.name],
                    message:
                        "the measure is \(measure.kind.typeOfNewColumn), but the column of the existing table is \(column.typeName)",
                    remedy: alter(measure.name, to: measure.kind.typeOfNewColumn))
        }
    }

    /// Daybook writes every column that the definition names.
    private var generatedProblems: [Problem] {
        let paths =
            key.map { $0 == "day" ? ["rollup"] : ["dimensions", $0] }
            + definition.measures.map { ["measures", $0.name] }
            + definition.derived.map { ["derived", $0.name] }
        return paths.compactMap { path in
            let name = path == ["rollup"] ? "day" : path[1]
            guard column(name)?.isGeneratedAlways == true else { return nil }
            return Problem(
                path: path,
                message: "the column \"\(name)\" of the existing table is generated always, so it takes no value",
                remedy:
                    "Leave it out of the definition, or: ALTER TABLE \(table.sql) ALTER COLUMN \(name.quotedIdentifier) DROP EXPRESSION; (for an identity column, DROP IDENTITY)"
            )
        }
    }

    private var otherColumnProblems: [Problem] {
        let known = Set(key + definition.measures.map(\.name) + definition.derived.map(\.name))
        return columns.filter { !known.contains($0.name) && $0.isNotNull && !$0.fillsItself }.map { column in
            Problem(
                path: ["rollup"],
                message:
                    "the column \"\(column.name)\" of the existing table, which the definition does not name, must have a value",
                remedy:
                    "Give it a default or let it be null: ALTER TABLE \(table.sql) ALTER COLUMN \(column.name.quotedIdentifier) DROP NOT NULL;"
            )
        }
    }
}

// MARK: - Indexes

extension TableAdoption {
    /// An index that is unique over less than the key refuses rows that differ in the key.
    private var indexProblems: [Problem] {
        indexes.compactMap { index in
            let columns = Set(index.columns)
            guard index.isExclusion || !columns.isSuperset(of: key.map(Optional.some)) else { return nil }
            let list = index.columns.map { $0 ?? "an expression" }.joined(separator: ", ")
            let what = index.isExclusion ? "excludes rows by" : "is unique over"
            return Problem(
                path: ["rollup"],
                message:
                    "the index \"\(index.name)\" of \"\(index.table)\" \(what) \(list), so it would refuse rows with different keys",
                remedy:
                    "The key is \(key.joined(separator: ", ")): drop the constraint or index, or make its columns part of the dimensions."
            )
        }
    }

    /// A unique key of a partitioned table contains the columns by which it is partitioned.
    private var partitionProblems: [Problem] {
        let others = partitionKey.subtracting(key).sorted()
        guard !others.isEmpty else { return [] }
        let list = others.map { $0.isEmpty ? "an expression" : "\"\($0)\"" }.joined(separator: ", ")
        return [
            Problem(
                path: ["rollup"], message: "the table is partitioned by \(list), which is not part of the key",
                remedy:
                    "Partition it by columns among \(key.joined(separator: ", ")): only these can be in its primary key."
            )
        ]
    }
}
