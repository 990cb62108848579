import PostgresClient

/// A lookup whose table and key the catalog has, before its expressions are compiled.
struct LookupCheck: Sendable {
    var table: Rollup.Source
    /// Key columns with the types they are compared in.
    var key: [(name: String, type: ExpressionType)]
    var equals: [String]
    /// All of the looked-up table's, in its order.
    var columns: [Column]

    struct Column: Sendable {
        var column: CatalogColumn
        /// Beside the source's own columns.
        var inlinedName: String
    }

    /// For the table in which expressions are compiled: a row may have no partner, so nothing is NOT NULL.
    var declarations: [(name: String, declaration: String)] {
        columns.map { column in
            var declared = column.column
            declared.name = column.inlinedName
            return (declared.name, declared.declaration)
        }
    }

    func inlined(_ expression: String) -> String {
        LookedUpName.inline(expression, table: table.table.name)
    }

    func column(inlinedAs name: String) -> CatalogColumn? {
        columns.first { $0.inlinedName == name }?.column
    }

    /// Nil while an expression does not fit its key.
    func resolved(key types: [String?], uses: ExpressionUses) -> Rollup.Lookup? {
        let names = types.compactMap(\.self)
        guard names.count == key.count else { return nil }
        return Rollup.Lookup(
            table: table, key: zip(key, names).map { Rollup.Column(name: $0.name, type: $1) }, equals: equals,
            columns: uses.columns.compactMap { used in
                column(inlinedAs: used.name).map { Rollup.Column(name: $0.name, type: used.type) }
            })
    }
}
