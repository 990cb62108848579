/// The type `numeric(p,s)` as Daybook counts in it: whole numbers of the smallest unit, 10 to the power of minus
/// `scale`.
public struct DecimalFormat: Sendable, Hashable, Codable, CustomStringConvertible {
    /// Digits in all, 1 to 38.
    public let precision: Int
    /// Digits behind the point, 0 to 18 and not more than ``precision``.
    public let scale: Int

    /// The most digits of a number that is held in 128 bits.
    public static let largestPrecision = 38
    /// The most digits behind the point, so that one unit before it fits 64 bits.
    public static let largestScale = 18

    /// Nil for limits that Daybook does not count in.
    public init?(precision: Int, scale: Int) {
        guard (1...Self.largestPrecision).contains(precision), (0...min(precision, Self.largestScale)).contains(scale)
        else { return nil }
        self.precision = precision
        self.scale = scale
    }

    /// Reads `numeric(p,s)`, `numeric(p)` and the same with `decimal`; nil for everything else.
    public init?(_ notation: String) {
        let text = notation.filter { $0 != " " }
        guard let word = ["numeric(", "decimal("].first(where: text.hasPrefix), text.hasSuffix(")") else { return nil }
        let numbers = text.dropFirst(word.count).dropLast().split(separator: ",", omittingEmptySubsequences: false)
        guard (1...2).contains(numbers.count), let precision = Int(numbers[0]) else { return nil }
        guard let scale = numbers.count == 2 ? Int(numbers[1]) : 0 else { return nil }
        self.init(precision: precision, scale: scale)
    }

    /// As Postgres prints the type.
    public var description: String { "numeric(\(precision),\(scale))" }

    /// The number of smallest units in 1, as an SQL literal: `100` for a scale of 2.
    package var unitsInOne: String { "1" + String(repeating: "0", count: scale) }

    /// The smallest unit as an SQL literal of the same scale: `0.01` for a scale of 2. A product with it is exact,
    /// which a quotient of numerics is not.
    package var unit: String {
        scale == 0 ? "1" : "0." + String(repeating: "0", count: scale - 1) + "1"
    }

    /// So many units as Postgres prints a `numeric` of this scale: `-0.05`, `12.30`.
    public func text(ofUnits units: Int128) -> String {
        let digits = String(units.magnitude)
        let padded = String(repeating: "0", count: max(0, scale + 1 - digits.utf8.count)) + digits
        let sign = units < 0 ? "-" : ""
        return scale == 0 ? sign + padded : "\(sign)\(padded.dropLast(scale)).\(padded.suffix(scale))"
    }

    /// Reads exactly what ``text(ofUnits:)`` writes; nil for everything else, and beyond 128 bits.
    public func units(inText text: String) -> Int128? {
        let digits = scale == 0 ? text : text.filter { $0 != "." }
        guard let units = Int128(digits), self.text(ofUnits: units) == text else { return nil }
        return units
    }

    /// The units that a column of the given type holds: of `numeric` with at least this scale. Nil where it cannot hold
    /// them exactly.
    package func range(inColumnOf type: String) -> ClosedRange<Int128>? {
        var digits = Self.largestPrecision
        if type != "numeric" {
            guard let column = DecimalFormat(type), column.scale >= scale else { return nil }
            digits = column.precision - column.scale + scale
        }
        let limit = (0..<digits).reduce(Int128(1)) { limit, _ in limit * 10 } - 1
        return -limit...limit
    }
}
