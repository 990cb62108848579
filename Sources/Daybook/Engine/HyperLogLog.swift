/// An estimate of how many different values there are, in 4,096 registers (p = 12).
///
/// Each register holds the largest number of leading zeros, and one, that hashes of its own have shown, so the order of
/// insertions does not matter, and the union of two sets has the larger of each two registers.
package struct HyperLogLog: Sendable, Hashable {
    package static let precision = 12
    package static let size = 1 << precision
    /// Of the estimate, 1.04 / sqrt(4096).
    package static let standardError = 0.016

    /// 0 to 53.
    package private(set) var registers: [UInt8]

    package init() {
        registers = Array(repeating: 0, count: Self.size)
    }

    /// Nil unless there are 4,096 registers of 0 to 53.
    package init?(registers: some Collection<UInt8>) {
        guard registers.count == Self.size, registers.allSatisfy({ $0 <= Self.largestRegister }) else { return nil }
        self.registers = Array(registers)
    }

    package mutating func insert(_ hash: Int64) {
        let bits = UInt64(bitPattern: hash)
        let index = Int(bits >> UInt64(64 - Self.precision))
        // A one behind the last bit ends the count.
        let rest = bits << UInt64(Self.precision) | 1 << UInt64(Self.precision - 1)
        registers[index] = max(registers[index], UInt8(rest.leadingZeroBitCount + 1))
    }

    package mutating func merge(_ other: HyperLogLog) {
        for index in registers.indices { registers[index] = max(registers[index], other.registers[index]) }
    }

    /// How many different values there were, by the estimator of Otmar Ertl ("New cardinality estimation algorithms for
    /// HyperLogLog sketches", 2017, algorithm 6), which needs no correction for small or large sets.
    ///
    /// Sums of whole numbers first and then the same few operations on doubles as `daybook.distinct_count`, so that
    /// both give the same number.
    package var count: Int64 {
        var zeros = 0
        var sum: Int128 = 0
        for register in registers {
            if register == 0 { zeros += 1 } else { sum += Int128(1) << Int128(Self.largestRegister - register) }
        }
        let size = Double(Self.size)
        var x = Double(zeros) / size
        guard x < 1 else { return 0 }
        var sigma = x
        var power = 1.0
        while true {
            x *= x
            let next = sigma + x * power
            if next == sigma { break }
            sigma = next
            power += power
        }
        let denominator = Double(sum) / 9_007_199_254_740_992 + size * sigma
        return Int64((Self.alpha * size * size / denominator + 0.5).rounded(.down))
    }

    private static let largestRegister: UInt8 = 53
    /// 1 / (2 ln 2).
    private static let alpha = 0.721_347_520_444_481_7
}
