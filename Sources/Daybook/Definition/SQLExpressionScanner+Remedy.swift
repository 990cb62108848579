extension SQLExpressionScanner.Flaw {
    var message: String {
        switch self {
        case .semicolon: "the expression contains a semicolon"
        case .parameter: "the expression contains a parameter ($1)"
        case .unopened(let bracket): "the expression has a \"\(bracket)\" that nothing opens"
        case .unclosed(let bracket): "the expression has a \"\(bracket)\" that is not closed"
        case .unclosedString: "the expression has a string that is not closed"
        case .unclosedIdentifier: "the expression has a double quote that is not closed"
        case .unclosedComment: "the expression has a comment that is not closed"
        case .empty: "the expression is empty"
        }
    }

    var remedy: String {
        switch self {
        case .semicolon: "Write one expression, without a semicolon."
        case .parameter: "Write the value itself."
        case .unopened, .unclosed: "Balance the brackets."
        case .unclosedString: "Close the string. In SQL a quote inside a string is doubled: 'it''s'."
        case .unclosedIdentifier: "Close the quoted name."
        case .unclosedComment: "Close the comment, or remove it."
        case .empty: "Write an SQL expression over the columns of one row."
        }
    }
}
