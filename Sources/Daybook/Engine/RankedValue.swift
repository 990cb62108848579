/// A value of which a row keeps the smallest or the largest: ordered by rank, then by the bytes of its text.
///
/// The event log carries it as text that sorts the same way: sixteen hexadecimal digits of the rank, the smallest one
/// all zeros, and the value's text, if it has one, behind them.
package struct RankedValue: Sendable, Hashable, Comparable {
    package var rank: Int64
    /// In UTF-8; empty where the rank says everything.
    package var text: [UInt8]

    package init(rank: Int64, text: [UInt8] = []) {
        self.rank = rank
        self.text = text
    }

    /// Nil for bytes that do not begin with sixteen lower-case hexadecimal digits.
    package init?(bytes: some Collection<UInt8>) {
        var pattern: UInt64 = 0
        for byte in bytes.prefix(Self.rankLength) {
            switch byte {
            case 0x30...0x39: pattern = pattern << 4 | UInt64(byte - 0x30)
            case 0x61...0x66: pattern = pattern << 4 | UInt64(byte - 0x61 + 10)
            default: return nil
            }
        }
        guard bytes.count >= Self.rankLength else { return nil }
        rank = Int64(bitPattern: pattern) ^ .min
        text = Array(bytes.dropFirst(Self.rankLength))
    }

    /// What ``init(bytes:)`` reads, as text.
    package var key: String {
        let digits = String(UInt64(bitPattern: rank ^ .min), radix: 16)
        return String(repeating: "0", count: Self.rankLength - digits.utf8.count) + digits
            + String(decoding: text, as: UTF8.self)
    }

    package static func < (left: RankedValue, right: RankedValue) -> Bool {
        left.rank != right.rank ? left.rank < right.rank : left.text.lexicographicallyPrecedes(right.text)
    }

    private static let rankLength = 16
}

/// Which end of the order a measure keeps.
package enum Extreme: Sendable, Hashable {
    case smallest, largest

    /// Whether the left value is as far out as the right one, or farther.
    package func reaches(_ left: RankedValue, _ right: RankedValue) -> Bool {
        self == .smallest ? left <= right : left >= right
    }

    /// The one that is farther out; nil is no value.
    package func outer(_ left: RankedValue?, _ right: RankedValue?) -> RankedValue? {
        guard let left, let right else { return left ?? right }
        return reaches(left, right) ? left : right
    }
}
