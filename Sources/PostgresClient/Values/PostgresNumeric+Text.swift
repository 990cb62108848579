extension PostgresNumeric: CustomStringConvertible {
    /// Exactly the text that Postgres prints.
    public var description: String {
        switch kind {
        case .notANumber: return "NaN"
        case .infinity: return "Infinity"
        case .minusInfinity: return "-Infinity"
        case .positive, .negative: break
        }
        var text = kind == .negative ? "-" : ""
        if weight < 0 {
            text += "0"
        } else {
            text += String(digit(0))
            for index in stride(from: 1, through: weight, by: 1) { text += padded(digit(index), 4) }
        }
        if scale > 0 {
            var fraction = ""
            var index = weight + 1
            while fraction.utf8.count < scale {
                fraction += padded(digit(index), 4)
                index += 1
            }
            text += "." + fraction.prefix(scale)
        }
        return text
    }

    private func digit(_ index: Int) -> Int {
        digits.indices.contains(index) ? Int(digits[index]) : 0
    }

    /// Reads what ``description`` writes: digits with at most one point and sign, `NaN`, `Infinity`, `-Infinity`; nil
    /// for everything else and for more than 131,072 digits before or 16,383 behind the point.
    public init?(_ text: String) {
        switch text {
        case "NaN": self = .notANumber
        case "Infinity": self = .infinity
        case "-Infinity": self = .minusInfinity
        default: self.init(decimal: text)
        }
    }

    private init?(decimal text: String) {
        let isNegative = text.hasPrefix("-")
        let parts = (isNegative ? text.dropFirst() : text[...]).split(separator: ".", omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count), parts.allSatisfy({ !$0.isEmpty && $0.utf8.allSatisfy(isDigit) }) else {
            return nil
        }
        let whole = Array(parts[0].utf8.drop { $0 == 0x30 })
        let fraction = parts.count == 2 ? Array(parts[1].utf8) : []
        guard whole.count <= 131_072, fraction.count <= 16_383 else { return nil }
        let lead = [UInt8](repeating: 0x30, count: (4 - whole.count % 4) % 4)
        let trail = [UInt8](repeating: 0x30, count: (4 - fraction.count % 4) % 4)
        let all = lead + whole + fraction + trail
        var digits = stride(from: 0, to: all.count, by: 4).map { start in
            all[start..<start + 4].reduce(Int16(0)) { $0 * 10 + Int16($1 - 0x30) }
        }
        var weight = (lead.count + whole.count) / 4 - 1
        while digits.last == 0 { digits.removeLast() }
        let leading = digits.prefix { $0 == 0 }.count
        digits.removeFirst(leading)
        weight = digits.isEmpty ? 0 : weight - leading
        self.init(
            kind: isNegative && !digits.isEmpty ? .negative : .positive,
            digits: digits,
            weight: weight,
            scale: fraction.count
        )
    }
}

private func isDigit(_ byte: UInt8) -> Bool {
    (0x30...0x39).contains(byte)
}
