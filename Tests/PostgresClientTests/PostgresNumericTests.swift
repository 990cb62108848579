import PostgresClient
import Testing

@Suite struct PostgresNumericTests {
    @Test(arguments: [
        "0", "0.00", "1", "-1", "12.30", "0.0001", "0.00010", "-0.5", "10000", "100000000", "1234567890.0987654321",
        "NaN", "Infinity", "-Infinity", "99999999999999999999999999999999999999999999", "0.000000000000000000001",
        "123456789012345678901234567890.10",
    ])
    func isWrittenAsRead(text: String) throws {
        #expect(try #require(PostgresNumeric(text)).description == text)
    }

    @Test(arguments: ["", ".", "1.", ".5", "1e5", "+1", "--1", "1.2.3", "nan", " 1", "1,000"])
    func refusesWhatIsNoNumber(text: String) {
        #expect(PostgresNumeric(text) == nil)
    }

    @Test(arguments: [Int128.max, .min, 0, 1, -1, 10_000, -123_456_789_012_345_678_901_234_567])
    func holdsIntegers(value: Int128) {
        #expect(PostgresNumeric(value).description == value.description)
        #expect(PostgresNumeric(value).wholeValue == value)
    }

    @Test(arguments: [
        "0.5", "NaN", "Infinity", "170141183460469231731687303715884105728", "-170141183460469231731687303715884105729",
    ])
    func refusesWhatIsNoIntegerOf128Bits(text: String) throws {
        #expect(try #require(PostgresNumeric(text)).wholeValue == nil)
    }

    @Test(arguments: [("12.000", 12), ("0.000", 0), ("-170141183460469231731687303715884105728.0", Int128.min)])
    func takesAFractionOfZeroes(text: String, value: Int128) throws {
        #expect(try #require(PostgresNumeric(text)).wholeValue == value)
    }
}
