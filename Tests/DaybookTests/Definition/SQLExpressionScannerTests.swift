import Testing

@testable import Daybook

/// An expression must stay within its parentheses.
struct SQLExpressionScannerTests {
    @Test(arguments: [
        "a", "coalesce(a, ')')", "a -- )", "a /* ( /* ; */ */", "\"odd)name;\"", "$$);$$", "$t$ $$ ; ) $t$", "e'\\')'",
        "E'it''s \\\\'", "'it''s'", "a[1]", "(a)::text", "ranked_metadata->>'model'", "'\\'", "interval '1 day'",
        "type'x'",
        "a$1", "'ü' || \"ö\"", "U&'\\0041'", "- 1", "a / b", "1.5e3",
    ])
    func stays(_ expression: String) {
        #expect(SQLExpressionScanner.flaw(in: expression) == nil)
    }

    @Test(
        arguments: [
            ("", .empty), ("-- nothing", .empty), ("/**/ ", .empty), ("a;", .semicolon), ("(a", .unclosed("(")),
            ("a)", .unopened(")")), ("a) + (b", .unopened(")")), ("(a]", .unopened("]")), ("a[1", .unclosed("[")),
            ("'a", .unclosedString), ("e'a\\'", .unclosedString), ("'\\'')", .unclosedString), ("$$a", .unclosedString),
            ("$x$ $y$", .unclosedString),
            ("\"a", .unclosedIdentifier), ("a /* b", .unclosedComment), ("a /* /* */", .unclosedComment),
            ("$1", .parameter),
            ("a + $2", .parameter), ("a -- x\n)", .unopened(")")),
        ] as [(String, SQLExpressionScanner.Flaw)])
    func reachesOut(_ expression: String, _ flaw: SQLExpressionScanner.Flaw) {
        #expect(SQLExpressionScanner.flaw(in: expression) == flaw)
    }
}
