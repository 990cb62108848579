import Testing

@testable import Daybook

/// Decimals counted in whole units of their smallest digit.
struct DecimalFormatTests {
    @Test(
        arguments: [
            ("numeric(20,2)", 20, 2), ("numeric(38,18)", 38, 18), ("numeric(5)", 5, 0), ("decimal(4, 4)", 4, 4),
        ])
    func reads(_ notation: String, _ precision: Int, _ scale: Int) throws {
        let format = try #require(DecimalFormat(notation))
        #expect(format.precision == precision && format.scale == scale)
        #expect(DecimalFormat(format.description) == format)
    }

    @Test(
        arguments: [
            "", "numeric", "numeric()", "numeric(39,2)", "numeric(0,0)", "numeric(20,19)", "numeric(2,3)",
            "numeric(20,-2)", "numeric(20,2,1)", "numeric(20,2", "money", "float(3)",
        ])
    func refuses(_ notation: String) {
        #expect(DecimalFormat(notation) == nil)
    }

    @Test(
        arguments: [
            (0, "0.00"), (1, "0.01"), (-1, "-0.01"), (100, "1.00"), (-12345, "-123.45"),
            (Int128.max, "1701411834604692317316873037158841057.27"),
            (Int128.min, "-1701411834604692317316873037158841057.28"),
        ] as [(Int128, String)])
    func textIsExact(_ units: Int128, _ text: String) throws {
        let format = try #require(DecimalFormat("numeric(38,2)"))
        #expect(format.text(ofUnits: units) == text)
        #expect(format.units(inText: text) == units)
    }

    @Test(arguments: [
        "", "1", "1.0", "1.000", "+1.00", "01.00", ".01", "-0.00", "1.0a", "1e2",
        "17014118346046923173168730371588410572.70",
    ])
    func foreignTextIsRefused(_ text: String) throws {
        #expect(try #require(DecimalFormat("numeric(38,2)")).units(inText: text) == nil)
    }

    @Test func wholeNumbersHaveNoPoint() throws {
        let format = try #require(DecimalFormat("numeric(20)"))
        #expect(format.text(ofUnits: -7) == "-7" && format.units(inText: "-7") == -7)
        #expect(format.unitsInOne == "1" && format.unit == "1")
    }

    @Test func aColumnHoldsWhatItsTypeHolds() throws {
        let format = try #require(DecimalFormat("numeric(20,2)"))
        #expect(format.unitsInOne == "100" && format.unit == "0.01")
        #expect(format.range(inColumnOf: "numeric(4,2)") == -9999...9999)
        #expect(format.range(inColumnOf: "numeric(6,4)") == -9999...9999)
        #expect(
            format.range(inColumnOf: "numeric")?.upperBound
                == DecimalFormat("numeric(38)")?.range(inColumnOf: "numeric")?.upperBound)
        #expect(format.range(inColumnOf: "numeric(20,1)") == nil)
        #expect(format.range(inColumnOf: "bigint") == nil)
    }

    @Test(
        arguments: [
            ("count", .count), ("sum", .sum),
            (" sum  numeric( 20, 2 ) ", .decimalSum(DecimalFormat(precision: 20, scale: 2)!)),
            ("count by  a b", .countBy(label: "a b")),
        ] as [(String, RollupDefinition.Measure.Kind)])
    func kindsAreRead(_ notation: String, _ kind: RollupDefinition.Measure.Kind) {
        #expect(RollupDefinition.Measure.Kind(notation: notation) == kind)
    }

    @Test func decimalSumsAreRead() throws {
        let format = try #require(DecimalFormat(precision: 20, scale: 2))
        #expect(RollupDefinition.Measure.Kind(notation: " sum  numeric( 20, 2 ) ") == .decimalSum(format))
    }

    @Test(arguments: ["", "counts", "count by", "count of x", "sum numeric", "sum x", "sum numeric(20,2) x"])
    func otherKindsAreRefused(_ notation: String) {
        #expect(RollupDefinition.Measure.Kind(notation: notation) == nil)
    }
}
