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
    /// The declared types, by dimension and by measure that keeps a value.
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
            || (definition.measures.flatMap(\.columnNames) + definition.derived.map(\.name)).contains {
                column($0) == nil
            }
    }

    /// The columns that Daybook gives a value.
    var written: Set<String> {
        Set(key + definition.measures.flatMap(\.columnNames) + definition.derived.map(\.name))
    }

    var problems: [Problem] {
        dimensionProblems + dayProblems + measureProblems + companionProblems + generatedProblems + otherColumnProblems
            + indexProblems
            + partitionProblems
    }

    func column(_ name: String) -> CatalogColumn? {
        columns.first { $0.name == name }
    }

    func alter(_ name: String, to type: String) -> String {
        "ALTER TABLE \(table.sql) ALTER COLUMN \(name.quotedIdentifier) TYPE \(type);"
    }
}
