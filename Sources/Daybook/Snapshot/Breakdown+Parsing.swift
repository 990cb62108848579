extension Breakdown {
    /// Reads exactly what ``json(_:label:)`` writes; nil for any other text, JSON or not, for a label that comes
    /// twice and for a count of zero.
    package static func counts(json: String, label: String) -> [Label: Int128]? {
        var scanner = BreakdownScanner(json)
        guard scanner.skip("[") else { return nil }
        var counts: [Label: Int128] = [:]
        while !scanner.skip("]") {
            guard counts.isEmpty || scanner.skip(", "),
                scanner.skip("{\(quoted(label)): "), let value = scanner.label(),
                scanner.skip(", \"count\": "), let count = scanner.integer(), count != 0, scanner.skip("}"),
                counts.updateValue(count, forKey: value) == nil
            else { return nil }
        }
        return scanner.isAtEnd ? counts : nil
    }
}

/// Walks over the bytes of a breakdown.
private struct BreakdownScanner {
    private var rest: ArraySlice<UInt8>

    init(_ json: String) {
        rest = Array(json.utf8)[...]
    }

    var isAtEnd: Bool { rest.isEmpty }

    mutating func skip(_ text: String) -> Bool {
        guard rest.starts(with: text.utf8) else { return false }
        rest.removeFirst(text.utf8.count)
        return true
    }

    mutating func label() -> Label? {
        skip("null") ? Label(nil) : string().map { bytes in bytes.withUnsafeBytes { Label(bytes: $0) } }
    }

    mutating func integer() -> Int128? {
        let digits = rest.prefix { $0 == UInt8(ascii: "-") || (0x30...0x39).contains($0) }
        rest.removeFirst(digits.count)
        let text = String(decoding: digits, as: UTF8.self)
        guard let number = Int128(text), String(number) == text else { return nil }
        return number
    }

    private mutating func string() -> [UInt8]? {
        guard skip("\"") else { return nil }
        var bytes: [UInt8] = []
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "\""): return bytes
            case UInt8(ascii: "\\"):
                guard let escaped = escaped() else { return nil }
                bytes.append(escaped)
            case ..<0x20: return nil
            default: bytes.append(byte)
            }
        }
        return nil
    }

    private mutating func escaped() -> UInt8? {
        switch rest.popFirst() {
        case UInt8(ascii: "\""): return UInt8(ascii: "\"")
        case UInt8(ascii: "\\"): return UInt8(ascii: "\\")
        case UInt8(ascii: "u"):
            let digits = String(decoding: rest.prefix(4), as: UTF8.self)
            guard digits.utf8.count == 4, let value = UInt8(digits, radix: 16), value < 0x20 else { return nil }
            rest.removeFirst(4)
            return value
        default: return nil
        }
    }
}
