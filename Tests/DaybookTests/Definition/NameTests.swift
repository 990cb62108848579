import Testing

@testable import Daybook

struct QualifiedNameTests {
    @Test(
        arguments: [
            ("a", nil, "a"), ("s.a", "s", "a"), ("S.Ab c", "S", "Ab c"), ("\"s.t\".a", "s.t", "a"),
            ("\"a\"\"b\"", nil, "a\"b"),
            ("\"a.b\"", nil, "a.b"), ("ü.é", "ü", "é"),
        ] as [(String, String?, String)])
    func parses(_ text: String, _ schema: String?, _ name: String) throws {
        #expect(try QualifiedName(parsing: text) == QualifiedName(schema: schema, name: name))
    }

    @Test(
        arguments: [
            ("", .emptyPart), ("a.", .emptyPart), (".a", .emptyPart), ("\"\"", .emptyPart), ("a.b.c", .tooManyParts),
            ("\"a", .unclosedQuote), ("\"a\"b", .strayQuote), ("a\"b\"", .strayQuote),
            (String(repeating: "x", count: 64), .partTooLong),
        ] as [(String, QualifiedName.ParsingError)])
    func refuses(_ text: String, _ error: QualifiedName.ParsingError) {
        #expect(throws: error) { try QualifiedName(parsing: text) }
    }

    @Test func quoting() {
        #expect(QualifiedName(schema: "a\"b", name: "c.d").sql == "\"a\"\"b\".\"c.d\"")
        #expect(QualifiedName(name: "Select").sql == "\"Select\"")
    }
}

struct NearestNameTests {
    @Test(
        arguments: [
            ("whre", "where"), ("Sorce", "source"), ("vlaues", "values"), ("measure", "measures"), ("xyz", nil),
            ("a", "at"),
        ] as [(String, String?)])
    func nearest(_ name: String, _ meant: String?) {
        #expect(NearestName.nearest(to: name, among: ["source", "at", "where", "values", "measures"]) == meant)
    }

    @Test func edits() {
        #expect(NearestName.edits(from: "", to: "abc") == 3)
        #expect(NearestName.edits(from: "kitten", to: "sitting") == 3)
        #expect(NearestName.edits(from: "ab", to: "ba") == 1)
    }
}
