extension SQLExpressionScanner {
    /// A place where an expression names a column by `table.column`.
    struct Reference: Hashable {
        /// In the expression's Unicode scalars.
        var range: Range<Int>
        var column: String
    }

    /// The columns that are qualified by the table's bare name, from left to right; none when the expression has a
    /// flaw.
    ///
    /// A name that a schema or a table stands before, and one that an argument list follows, is something else.
    static func references(to table: String, in expression: String) -> [Reference] {
        guard case .success(let tokens) = tokens(of: expression) else { return [] }
        var references: [Reference] = []
        for index in tokens.indices where tokens[index].name == table {
            guard index == 0 || !tokens[index - 1].isDot, index + 2 < tokens.count, tokens[index + 1].isDot,
                let column = tokens[index + 2].name
            else { continue }
            if index + 3 < tokens.count, tokens[index + 3].opensArguments { continue }
            references.append(
                Reference(range: tokens[index].range.lowerBound..<tokens[index + 2].range.upperBound, column: column))
        }
        return references
    }
}
