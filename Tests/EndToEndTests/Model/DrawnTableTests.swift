import Testing

struct DrawnTableTests {
    @Test func aTableIsDrawnWithWhatCannotBeSeen() {
        let table = DrawnTable(
            header: ["says", "title"], rows: [["sources", "e\u{301}"], ["rollup", nil], ["rollup", ""]])
        #expect(
            "\(table)" == """
                +---------+----------+
                | says    | title    |
                +---------+----------+
                | sources | e\\u{301} |
                | rollup  | ∅        |
                | rollup  |          |
                +---------+----------+
                """
        )
    }

    @Test func aLongTextIsCutWithItsLength() {
        let spelled = DrawnTable.spell(String(repeating: "x", count: 3_000))
        #expect(spelled.hasSuffix("x… (3000)"))
        #expect(spelled.count <= DrawnTable.widestCell)
    }
}
