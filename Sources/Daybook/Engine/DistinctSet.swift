/// The different values of a row, by 64-bit hashes: all of them with their numbers as long as they are few, an estimate
/// beyond.
///
/// Which of the two follows from the values alone, so that whatever way a set came about, it is the same set.
package enum DistinctSet: Sendable, Hashable {
    /// How many source rows have each hash, never zero.
    case exact([Int64: Int64])
    case estimate(HyperLogLog)

    /// The most different values that are kept one by one.
    package static let limit = 512

    package static let empty = DistinctSet.exact([:])

    /// How many different values there are; exact as long as the set is.
    package var count: Int64 {
        switch self {
        case .exact(let numbers): Int64(numbers.count)
        case .estimate(let registers): registers.count
        }
    }

    /// Adds up what events say, net: how many source rows more or fewer there are of each hash.
    /// - Returns: false where only the sources can tell what is left, because an estimate forgets nothing.
    package mutating func add(_ changes: [Int64: Int64]) -> Bool {
        switch self {
        case .exact(var numbers):
            self = .empty
            for (hash, change) in changes {
                let number = numbers[hash, default: 0] + change
                numbers[hash] = number == 0 ? nil : number
            }
            self = numbers.count > Self.limit ? .estimate(Self.estimate(numbers.keys)) : .exact(numbers)
            return changes.keys.allSatisfy { numbers[$0, default: 0] >= 0 }
        case .estimate(var registers):
            self = .empty
            for (hash, change) in changes where change > 0 { registers.insert(hash) }
            self = .estimate(registers)
            return changes.values.allSatisfy { $0 >= 0 }
        }
    }

    private static func estimate(_ hashes: some Sequence<Int64>) -> HyperLogLog {
        hashes.reduce(into: HyperLogLog()) { $0.insert($1) }
    }
}

extension DistinctSet {
    private static let version: UInt8 = 1

    /// The bytes that the rollup table and day files hold: the version, 1; then 0 and, in order of hash, each hash and
    /// its number, eight bytes each, big-endian; or 1 and the 4,096 registers.
    package var sketch: [UInt8] {
        switch self {
        case .exact(let numbers):
            var bytes = [Self.version, 0]
            bytes.reserveCapacity(2 + 16 * numbers.count)
            for (hash, number) in numbers.sorted(by: { $0.key < $1.key }) {
                withUnsafeBytes(of: hash.bigEndian) { bytes.append(contentsOf: $0) }
                withUnsafeBytes(of: number.bigEndian) { bytes.append(contentsOf: $0) }
            }
            return bytes
        case .estimate(let registers): return [Self.version, 1] + registers.registers
        }
    }

    /// Reads what ``sketch`` writes; nil for everything else.
    package init?(sketch: some Collection<UInt8>) {
        let bytes = Array(sketch)
        guard bytes.count >= 2, bytes[0] == Self.version else { return nil }
        if bytes[1] == 1 {
            guard let registers = HyperLogLog(registers: bytes.dropFirst(2)) else { return nil }
            self = .estimate(registers)
            return
        }
        guard bytes[1] == 0, bytes.count % 16 == 2, bytes.count <= 2 + 16 * Self.limit else { return nil }
        var numbers: [Int64: Int64] = [:]
        for start in stride(from: 2, to: bytes.count, by: 16) {
            numbers[Self.integer(bytes, at: start)] = Self.integer(bytes, at: start + 8)
        }
        self = .exact(numbers)
        guard self.sketch == bytes, !numbers.values.contains(0) else { return nil }
    }

    private static func integer(_ bytes: [UInt8], at start: Int) -> Int64 {
        bytes[start..<start + 8].reduce(0) { $0 << 8 | Int64($1) }
    }
}
