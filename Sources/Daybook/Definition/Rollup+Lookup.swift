extension Rollup {
    /// A lookup that the catalog has confirmed: no more than one row of the table can have the key of a source row.
    public struct Lookup: Sendable, Hashable, Codable {
        /// The looked-up table, which is watched as sources are.
        public var table: Source
        /// Its key columns. The type is the one that both sides are compared in, without a length.
        public var key: [Column]
        /// SQL over the source's columns, in the order of ``key``.
        public var equals: [String]
        /// The looked-up columns that the expressions use, in the table's order.
        public var columns: [Column]
    }
}

extension Rollup.Lookup {
    /// An expression in which every looked-up column, written `table.column`, has become one name, so that it can be
    /// evaluated over a single row: that of the source with the looked-up columns beside its own.
    package func inlined(_ expression: String) -> String {
        LookedUpName.inline(expression, table: table.table.name)
    }

    /// The one name of a looked-up column.
    package func name(of column: Rollup.Column) -> String {
        LookedUpName.name(of: column.name, table: table.table.name)
    }
}

/// How a looked-up column is called beside the source's own.
enum LookedUpName {
    /// What Postgres keeps of a name, in bytes.
    private static let limit = 63

    /// For example `scheduled_posts.id`, as one identifier. A name beyond the limit loses its beginning.
    static func name(of column: String, table: String) -> String {
        var name = "\(table).\(column)"
        while name.utf8.count > limit { name.removeFirst() }
        return name
    }

    /// - Parameter table: the looked-up table's name, without its schema.
    static func inline(_ expression: String, table: String) -> String {
        var text = Array(expression.unicodeScalars)
        for reference in SQLExpressionScanner.references(to: table, in: expression).reversed() {
            let name = name(of: reference.column, table: table).quotedIdentifier
            text.replaceSubrange(reference.range, with: Array(name.unicodeScalars))
        }
        var inlined = ""
        inlined.unicodeScalars.append(contentsOf: text)
        return inlined
    }
}
