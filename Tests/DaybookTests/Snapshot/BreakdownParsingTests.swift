import Daybook
import Testing

@Suite struct BreakdownParsingTests {
    @Test func readsWhatItWrites() {
        var random = SeededGenerator(seed: 3)
        for _ in 0..<300 {
            let row = SnapshotFixture.row(using: &random)
            let json = Breakdown.json(row.ranking(of: 0), label: "a \"b\"")
            #expect(Breakdown.counts(json: json, label: "a \"b\"") == row.labelCounts[0])
        }
    }

    @Test func readsNumbersOf128Bits() {
        let json = Breakdown.json([(Label("x"), .max), (Label("y"), .min)], label: "l")
        #expect(Breakdown.counts(json: json, label: "l") == [Label("x"): .max, Label("y"): .min])
    }

    @Test(arguments: [
        "", "[", "null", "{}", "[] ", "[{\"m\": \"x\", \"count\": 1}]", "[{\"l\":\"x\",\"count\":1}]",
        "[{\"l\": \"x\", \"count\": 0}]", "[{\"l\": \"x\", \"count\": 01}]", "[{\"l\": \"x\", \"count\": 1.0}]",
        "[{\"l\": \"x\", \"count\": -}]", "[{\"l\": \"x\", \"count\": 1}, ]", "[, {\"l\": \"x\", \"count\": 1}]",
        "[{\"l\": \"x\", \"count\": 1}, {\"l\": \"x\", \"count\": 1}]", "[{\"l\": \"x, \"count\": 1}]",
        "[{\"l\": \"\\u0041\", \"count\": 1}]", "[{\"l\": \"\\n\", \"count\": 1}]",
        "[{\"l\": \"\\u00\", \"count\": 1}]",
        "[{\"l\": \"x\", \"count\": 340282366920938463463374607431768211456}]",
    ])
    func readsNothingElse(json: String) {
        #expect(Breakdown.counts(json: json, label: "l") == nil)
    }
}
