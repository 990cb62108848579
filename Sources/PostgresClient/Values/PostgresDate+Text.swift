extension PostgresDate: CustomStringConvertible {
    /// As Postgres prints it with `DateStyle = ISO`: `2025-02-03`, `0044-03-15 BC`, `infinity`.
    public var description: String {
        guard let (year, month, day) = components else { return self == .infinity ? "infinity" : "-infinity" }
        let shown = year > 0 ? year : 1 - year
        let text = "\(padded(shown, 4))-\(padded(month, 2))-\(padded(day, 2))"
        return year > 0 ? text : text + " BC"
    }

    /// Reads `YYYY-MM-DD` (at least four digits of year), with ` BC` behind it where it is, `infinity` or `-infinity`;
    /// nil for everything else and for days that do not exist.
    public init?(_ text: String) {
        switch text {
        case "infinity": self = .infinity
        case "-infinity": self = .minusInfinity
        default:
            let isBC = text.hasSuffix(" BC")
            let parts = (isBC ? text.dropLast(3) : text[...]).split(separator: "-", omittingEmptySubsequences: false)
            guard parts.count == 3, (4...7).contains(parts[0].utf8.count), parts[1].utf8.count == 2,
                parts[2].utf8.count == 2,
                let year = number(parts[0]), year > 0, let month = number(parts[1]), let day = number(parts[2])
            else { return nil }
            self.init(year: isBC ? 1 - year : year, month: month, day: day)
        }
    }
}

/// Digits only: no sign, no space.
private func number(_ digits: Substring) -> Int? {
    digits.utf8.allSatisfy { (0x30...0x39).contains($0) } ? Int(digits) : nil
}

func padded(_ number: Int, _ width: Int) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
}
