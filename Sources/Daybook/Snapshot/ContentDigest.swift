internal import Crypto
package import PostgresClient

/// A digest of one day's rows, whatever their order: the sum modulo 2^256 of the SHA-256 of every row.
///
/// Rows can be added and taken away one by one, so that a flush of a few rows costs the hashing of a few rows. It tells
/// damage and careless edits; it is no signature, and whoever can write the file can also write the digest.
package struct ContentDigest: Sendable, Hashable {
    package let day: PostgresDate
    /// Least significant first.
    private var limbs: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)

    /// The digest of a day without rows.
    package init(day: PostgresDate) {
        self.day = day
    }

    /// Reads what ``hex`` gives; nil for everything else.
    package init?(hex: String, day: PostgresDate) {
        let digits = Array(hex.utf8)
        guard digits.count == 64, let limbs = Self.limbs(ofHex: digits) else { return nil }
        self.day = day
        self.limbs = limbs
    }

    /// Counts a row in. The row must not be in already.
    package mutating func add(_ key: RowKey, _ row: RollupRow) {
        let hash = Self.limbs(of: SHA256.hash(data: RowEncoding.bytes(day: day, key: key, row: row)))
        var carry: UInt64 = 0
        limbs.0 = Self.sum(limbs.0, hash.0, &carry)
        limbs.1 = Self.sum(limbs.1, hash.1, &carry)
        limbs.2 = Self.sum(limbs.2, hash.2, &carry)
        limbs.3 = Self.sum(limbs.3, hash.3, &carry)
    }

    /// Takes out a row that was counted in with the same key and measures.
    package mutating func remove(_ key: RowKey, _ row: RollupRow) {
        let hash = Self.limbs(of: SHA256.hash(data: RowEncoding.bytes(day: day, key: key, row: row)))
        // Minus is plus the two's complement.
        var carry: UInt64 = 1
        limbs.0 = Self.sum(limbs.0, ~hash.0, &carry)
        limbs.1 = Self.sum(limbs.1, ~hash.1, &carry)
        limbs.2 = Self.sum(limbs.2, ~hash.2, &carry)
        limbs.3 = Self.sum(limbs.3, ~hash.3, &carry)
    }

    /// 64 lower-case digits, most significant first.
    package var hex: String {
        [limbs.3, limbs.2, limbs.1, limbs.0].map { limb in
            let digits = String(limb, radix: 16)
            return String(repeating: "0", count: 16 - digits.utf8.count) + digits
        }.joined()
    }

    package static func == (left: ContentDigest, right: ContentDigest) -> Bool {
        left.day == right.day && left.limbs == right.limbs
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(day)
        hasher.combine(limbs.0)
    }

    private static func sum(_ left: UInt64, _ right: UInt64, _ carry: inout UInt64) -> UInt64 {
        let (partial, first) = left.addingReportingOverflow(right)
        let (sum, second) = partial.addingReportingOverflow(carry)
        carry = first || second ? 1 : 0
        return sum
    }

    private static func limbs(of hash: SHA256.Digest) -> (UInt64, UInt64, UInt64, UInt64) {
        hash.withUnsafeBytes { bytes in
            func limb(_ offset: Int) -> UInt64 {
                UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
            }
            return (limb(24), limb(16), limb(8), limb(0))
        }
    }

    private static func limbs(ofHex digits: [UInt8]) -> (UInt64, UInt64, UInt64, UInt64)? {
        guard digits.allSatisfy({ (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }) else { return nil }
        func limb(_ offset: Int) -> UInt64? {
            UInt64(String(decoding: digits[offset..<offset + 16], as: UTF8.self), radix: 16)
        }
        guard let first = limb(48), let second = limb(32), let third = limb(16), let fourth = limb(0) else {
            return nil
        }
        return (first, second, third, fourth)
    }
}
