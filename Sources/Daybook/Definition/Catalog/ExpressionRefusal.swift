import PostgresClient

/// Why the server does not take an expression, in terms of the definition.
struct ExpressionRefusal {
    var message: String
    var remedy: String

    /// What an expression can refer to.
    struct Scope {
        /// For example `reddit_post_outcomes`, or `the measures`.
        var name: String
        var columns: [String]

        /// At most this many columns are listed.
        static let listLimit = 40

        var list: String {
            let listed = columns.prefix(Self.listLimit).joined(separator: ", ")
            return columns.count > Self.listLimit ? "\(listed), … (\(columns.count) in all)" : listed
        }
    }

    /// - Parameter expression: as the definition has it.
    init(_ error: PostgresError, expression: String, scope: Scope) {
        message = error.message.hasSuffix(".") ? String(error.message.dropLast()) : error.message
        switch error.sqlState {
        case "42703":
            remedy = Self.unknownColumn(expression, scope)
        case "42P01":
            remedy = "The expression sees one row of \(scope.name) and no other table."
        case "42883", "42725":
            remedy =
                "Expressions see the functions and operators of pg_catalog only: write the schema before any other, "
                + "my_schema.my_function(…) or OPERATOR(my_schema.+), and check the arguments' types."
        case "42704", "3F000":
            remedy =
                "Expressions see pg_catalog only: write the schema before any other type or collation, and "
                + "check the name."
        case "42P17":
            message = "the expression is not immutable: its value depends on more than the row"
            remedy =
                "Use immutable functions and casts only: no now() or random(), and nothing that depends on a setting. "
                + "For a timestamptz give the zone: (x AT TIME ZONE 'UTC')::date."
        case "0A000":
            message = Self.withoutGenerationExpression(message)
            remedy =
                "Write an expression over one row of \(scope.name), without subqueries and without functions "
                + "that return sets."
        case "42803", "42P20":
            message = Self.withoutGenerationExpression(message)
            remedy = "Write the value of one row; it is the measures that count and sum."
        case "42P16":
            message = "the expression yields no single value"
            remedy = "Write an expression that yields one value of a type that a column can have."
        case "42501":
            remedy = "Grant the right that is missing, or leave the function out."
        case "42P22", "42P21":
            remedy = "Give the collation: COLLATE \"C\"."
        default:
            remedy = error.hint.map { "\($0.hasSuffix(".") ? $0 : $0 + ".")" } ?? "Correct the expression."
        }
    }

    /// The quotes that YAML takes away are missed most often.
    private static func unknownColumn(_ expression: String, _ scope: Scope) -> String {
        let isWord = expression.allSatisfy { $0.isLetter || $0.isNumber || "_-. ".contains($0) }
        let meant = isWord ? NearestName.nearest(to: expression, among: scope.columns) : nil
        let quotes =
            isWord && meant == nil ? " For a text write it in SQL quotes inside YAML quotes: \"'\(expression)'\"." : ""
        return (meant.map { "Did you mean \"\($0)\"? " } ?? "")
            + "Name a column of \(scope.name); it has: \(scope.list).\(quotes)"
    }

    private static func withoutGenerationExpression(_ message: String) -> String {
        [" in column generation expressions", " in column generation expression"].reduce(message) { text, ending in
            text.hasSuffix(ending) ? String(text.dropLast(ending.count)) + " in an expression of a definition" : text
        }
    }
}
