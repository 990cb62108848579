import PostgresClient
import Testing

@testable import Daybook

struct RowKeyTests {
    /// Lists that would be the same key if anything separated the values, or if Unicode's equality decided.
    private static let lists: [[String?]] = [
        [], [nil], [""], [nil, nil], ["", ""], [nil, ""], ["", nil], ["a", "b"], ["ab", ""], ["", "ab"], ["a,b"],
        ["a|b"],
        ["a\u{1F}b"], ["a", nil, "b"], ["NULL"], ["null"], ["∅"], ["\u{E9}"], ["e\u{301}"], ["\u{212B}"], ["\u{C5}"],
        ["A\u{30A}"], ["\u{1F469}\u{200D}\u{1F4BB}"], ["a\u{200B}"], ["a"], ["a "], ["{a}"], ["\"a\""], ["\\"],
        ["\u{FFFF}"],
        [String(repeating: "x", count: 300)],
    ]

    @Test func distinctListsAreDistinctKeys() {
        for (first, left) in Self.lists.enumerated() {
            for (second, right) in Self.lists.enumerated() {
                #expect((RowKey(left) == RowKey(right)) == (first == second), "\(left) \(right)")
            }
        }
        #expect(Set(Self.lists.map { RowKey($0) }).count == Self.lists.count)
    }

    @Test func valuesComeBackByteForByte() {
        for list in Self.lists {
            #expect(RowKey(list).values.map { $0.map { Array($0.utf8) } } == list.map { $0.map { Array($0.utf8) } })
        }
    }

    @Test func composedAndDecomposedAreEqualStringsButOtherKeys() {
        #expect("\u{E9}" == "e\u{301}")
        #expect(RowKey(["\u{E9}"]) != RowKey(["e\u{301}"]))
        #expect(Label("\u{E9}") != Label("e\u{301}"))
    }

    @Test func orderIsTotal() {
        let keys = Self.lists.map { RowKey($0) }
        let sorted = keys.sorted()
        for seed in 1...5 {
            var generator = SeededGenerator(seed: UInt64(seed))
            #expect(keys.shuffled(using: &generator).sorted() == sorted)
        }
    }

    /// What the server sends for a `text[]` is what the key of the same values is made of.
    @Test func theServersArraysAreTheSameKeys() async throws {
        try await FeedFixture.with("SELECT 1", [], installed: false) { fixture in
            for list in Self.lists {
                let row = try await fixture.connection.query("SELECT $1::text[]", [list])[0]
                #expect(row.withRawBytes(at: 0) { RowKey(binaryArray: $0!) } == RowKey(list))
            }
        }
    }

    @Test func labelsSortByCodePointNullsLast() {
        let texts: [String?] = [nil, "b", "B", "\u{E9}", "e\u{301}", "", "\u{1F600}", "\u{FFFD}", "a"]
        let sorted = texts.map { Label($0) }.sorted().map(\.text)
        #expect(
            sorted.map { $0.map { Array($0.utf8) } }
                == ["", "B", "a", "b", "e\u{301}", "\u{E9}", "\u{FFFD}", "\u{1F600}", nil]
                .map { ($0 as String?).map { Array($0.utf8) } })
        #expect(!(Label(nil) < Label(nil)) && !(Label(nil) < Label("")) && Label("") < Label(nil))
    }
}
