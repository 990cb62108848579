import Testing

@testable import DaybookServer

@Suite struct GroupedNumberTests {
    @Test(arguments: [
        ("0", "0"), ("999", "999"), ("1000", "1,000"), ("-1234567.80", "-1,234,567.80"), ("-100", "-100"),
        ("170141183460469231731687303715884105727", "170,141,183,460,469,231,731,687,303,715,884,105,727"),
        ("NaN", "NaN"), ("", ""), ("-", "-"), ("1e10", "1e10"), ("٣٤٥٦", "٣٤٥٦"), ("0.0042", "0.0042"),
    ])
    func groupsThousands(text: String, expected: String) {
        #expect(GroupedNumber(text).description == expected)
    }

    @Test(arguments: [
        ("total_views", "Total views"), ("user_id", "User ID"), ("ai-usage", "AI usage"), ("", ""), ("_", ""),
        ("été", "Été"),
    ])
    func titlesColumns(name: String, expected: String) {
        #expect(ColumnTitle(name).description == expected)
    }
}
