/// A Postgres `numeric`, exact to the last digit, with its scale: `12.3` and `12.30` are different values here.
public struct PostgresNumeric: Sendable, Hashable {
    enum Kind: UInt16, Sendable {
        case positive = 0x0000
        case negative = 0x4000
        case notANumber = 0xC000
        case infinity = 0xD000
        case minusInfinity = 0xF000
    }

    var kind: Kind
    /// Digits of base 10,000, the most significant first; the first one counts `10_000 ^ weight`.
    var digits: [Int16]
    var weight: Int
    /// Decimal digits shown behind the point.
    public internal(set) var scale: Int

    public static let notANumber = PostgresNumeric(kind: .notANumber, digits: [], weight: 0, scale: 0)
    public static let infinity = PostgresNumeric(kind: .infinity, digits: [], weight: 0, scale: 0)
    public static let minusInfinity = PostgresNumeric(kind: .minusInfinity, digits: [], weight: 0, scale: 0)

    public var isFinite: Bool { kind == .positive || kind == .negative }

    init(kind: Kind, digits: [Int16], weight: Int, scale: Int) {
        self.kind = kind
        self.digits = digits
        self.weight = weight
        self.scale = scale
    }

    public init(_ integer: some BinaryInteger) {
        var digits: [Int16] = []
        var rest = integer.magnitude
        var count = 0
        while rest > 0 {
            let (quotient, digit) = rest.quotientAndRemainder(dividingBy: 10_000)
            if !digits.isEmpty || digit != 0 { digits.append(Int16(digit)) }
            rest = quotient
            count += 1
        }
        self.init(
            kind: integer < 0 ? .negative : .positive,
            digits: digits.reversed(),
            weight: max(0, count - 1),
            scale: 0
        )
    }

    /// The value as an integer; nil when it has a fraction, is not finite, or needs more than 128 bits.
    public var wholeValue: Int128? {
        guard isFinite else { return nil }
        if weight < 0 { return digits.allSatisfy { $0 == 0 } ? 0 : nil }
        guard digits.dropFirst(weight + 1).allSatisfy({ $0 == 0 }) else { return nil }
        var value: Int128 = 0
        for index in 0...weight {
            let digit = index < digits.count ? Int128(digits[index]) : 0
            let (product, overflow) = value.multipliedReportingOverflow(by: 10_000)
            let (sum, overflow2) = product.addingReportingOverflow(kind == .negative ? -digit : digit)
            if overflow || overflow2 { return nil }
            value = sum
        }
        return value
    }
}

extension PostgresNumeric: PostgresEncodable, PostgresDecodable {
    public var postgresValue: PostgresValue {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(8 + 2 * digits.count)
        bytes.append(bigEndian: Int16(digits.count))
        bytes.append(bigEndian: Int16(weight))
        bytes.append(bigEndian: kind.rawValue)
        bytes.append(bigEndian: Int16(scale))
        for digit in digits { bytes.append(bigEndian: digit) }
        return PostgresValue(type: PostgresTypeID.numeric, bytes: bytes)
    }

    public init(postgresBinary bytes: UnsafeRawBufferPointer, type: UInt32) throws {
        guard type == PostgresTypeID.numeric else { throw PostgresError.cannotDecode(type, as: Self.self) }
        guard bytes.count >= 8, bytes.count == 8 + 2 * Int(bytes.integer(as: UInt16.self)),
            let kind = Kind(rawValue: bytes.integer(at: 4))
        else { throw PostgresError.malformed(type, as: Self.self) }
        self.init(
            kind: kind,
            digits: stride(from: 8, to: bytes.count, by: 2).map { bytes.integer(at: $0) },
            weight: Int(bytes.integer(at: 2, as: Int16.self)),
            scale: kind == .positive || kind == .negative ? Int(bytes.integer(at: 6, as: UInt16.self)) : 0
        )
        guard digits.allSatisfy({ (0..<10_000).contains($0) }) else {
            throw PostgresError.malformed(type, as: Self.self)
        }
    }
}
