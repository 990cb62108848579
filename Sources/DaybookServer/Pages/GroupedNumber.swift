/// A number as Postgres prints it, with thousands separators: `-1234567.80` as `-1,234,567.80`. Any other text stays as it
/// is.
struct GroupedNumber: Sendable, Hashable, CustomStringConvertible {
    let description: String

    init(_ text: String) {
        let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        let sign = parts[0].hasPrefix("-") ? "-" : ""
        let digits = parts[0].dropFirst(sign.count)
        let isNumber = !digits.isEmpty && digits.allSatisfy { $0.isASCII && $0.isNumber }
        guard isNumber else {
            description = text
            return
        }
        var grouped = ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index).isMultiple(of: 3) { grouped.append(",") }
            grouped.append(digit)
        }
        description = sign + grouped + (parts.count > 1 ? "." + parts[1] : "")
    }
}
