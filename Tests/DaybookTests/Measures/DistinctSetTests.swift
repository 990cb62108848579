import PostgresClient
import Testing

@testable import Daybook

/// Sets of hashes: exact while they are small, an estimate beyond, and the same in memory as in SQL.
struct DistinctSetTests {
    private static func hashes(_ count: Int, seed: UInt64) -> [Int64] {
        var random = SeededGenerator(seed: seed)
        return (0..<count).map { _ in Int64.random(in: .min ... .max, using: &random) }
    }

    private static func set(_ hashes: some Sequence<Int64>) -> DistinctSet {
        var set = DistinctSet.empty
        let isKnown = set.add(hashes.reduce(into: [:]) { $0[$1, default: 0] += 1 })
        #expect(isKnown)
        return set
    }

    @Test func aSmallSetIsExactAndForgets() {
        var set = Self.set([1, 1, 2, 3])
        #expect(set.count == 3)
        let isKnown = set.add([1: -1, 2: -1])
        #expect(isKnown && set == .exact([1: 1, 3: 1]) && set.count == 2)
        let isAbsentKnown = set.add([7: -1])
        #expect(!isAbsentKnown, "what was never there cannot go")
    }

    @Test func theTurnToAnEstimateFollowsFromTheNumberAlone() {
        let all = Self.hashes(DistinctSet.limit + 1, seed: 1)
        var byOne = DistinctSet.empty
        var known = all.dropLast().map { byOne.add([$0: 1]) }
        #expect(byOne.count == Int64(DistinctSet.limit))
        // Net of what goes at once it stays exact.
        known.append(byOne.add([all[DistinctSet.limit]: 1, all[0]: -1]))
        #expect(byOne == Self.set(all.dropFirst()) && byOne.sketch[1] == 0)
        known.append(byOne.add([all[0]: 1]))
        #expect(byOne == Self.set(all.shuffled()) && byOne.sketch[1] == 1)
        known.append(byOne.add([all[5]: 3]))
        #expect(byOne == Self.set(all) && !known.contains(false))
        let isKnown = byOne.add([all[5]: -1])
        #expect(!isKnown)
    }

    @Test(arguments: [0, 1, 512, 513, 20_000])
    func sketchesComeBack(_ count: Int) {
        let set = Self.set(Self.hashes(count, seed: 2))
        #expect(DistinctSet(sketch: set.sketch) == set)
    }

    @Test func whatIsNoSketchIsRefused() {
        let exact = Self.set([1, 2]).sketch
        let estimate = Self.set(Self.hashes(600, seed: 3)).sketch
        let (first, second, zeros) = (exact[2..<18], exact[18...], [UInt8](repeating: 0, count: 8))
        let head: [UInt8] = [1, 0]
        var wrong: [[UInt8]] = [[], [1], [2, 0], [1, 2], exact + [0], estimate + [0]]
        wrong += [Array(exact.dropLast()), Array(estimate.dropLast()), head + second + first]
        wrong += [head + first.prefix(8) + zeros, [1, 1] + [UInt8](repeating: 54, count: 4096)]
        for bytes in wrong { #expect(DistinctSet(sketch: bytes) == nil, "\(bytes.prefix(20))") }
    }

    /// The standard error is 1.6 %: over many sets the mean square stays near it, and no set is off by more than five
    /// times.
    @Test(arguments: [600, 2_000, 6_000, 12_000, 20_000, 100_000])
    func estimatesAreAsGoodAsTheySay(_ count: Int) {
        let errors = (0..<24).map { round -> Double in
            var registers = HyperLogLog()
            for hash in Self.hashes(count, seed: UInt64(count * 100 + round)) { registers.insert(hash) }
            return Double(registers.count) / Double(count) - 1
        }
        let deviation = (errors.reduce(0) { $0 + $1 * $1 } / Double(errors.count)).squareRoot()
        #expect(deviation < 1.6 * HyperLogLog.standardError, "\(deviation)")
        #expect(errors.allSatisfy { abs($0) < 5 * HyperLogLog.standardError })
    }

    @Test func unionsAreAsIfCountedTogether() {
        let (left, right) = (Self.hashes(3_000, seed: 4), Self.hashes(2_000, seed: 5))
        var merged = HyperLogLog()
        var other = HyperLogLog()
        var both = HyperLogLog()
        for hash in left { merged.insert(hash) }
        for hash in right { other.insert(hash) }
        for hash in right + left { both.insert(hash) }
        merged.merge(other)
        #expect(merged == both)
    }

    /// The functions in Postgres give the same sketches and the same numbers, to the last bit.
    @Test func memoryAndPostgresAgree() async throws {
        try await FeedFixture.with(Orders.table, [Orders.yaml]) { fixture in
            var sketches: [[UInt8]] = []
            var all: Set<Int64> = []
            for (round, count) in [0, 1, 2, 511, 512, 513, 700, 3_000, 9_000, 40_000].enumerated() {
                var hashes = Self.hashes(count, seed: UInt64(round))
                if count > 2 { hashes[0...2] = [0, -1, .min] }
                let set = Self.set(hashes + hashes.prefix(3))
                let row = try await fixture.connection.query(
                    """
                    SELECT s.sketch, daybook.distinct_count(s.sketch) FROM (
                        SELECT daybook.distinct_sketch(array_agg(h ORDER BY h), array_agg(n ORDER BY h)) AS sketch
                        FROM (SELECT h, count(*) AS n FROM unnest($1::bigint[]) AS h GROUP BY h) AS u
                    ) AS s
                    """, [hashes + hashes.prefix(3)])[0]
                let (sketch, number) = try row.decode(PostgresBytes.self, Int64.self)
                #expect(sketch.bytes == set.sketch, "\(count)")
                #expect(number == set.count, "\(count)")
                sketches.append(set.sketch)
                all.formUnion(hashes)
                let union = try await fixture.connection.query(
                    "SELECT daybook.distinct_union_count($1::bytea[])", [sketches.map { PostgresBytes($0) }])[0]
                #expect(try union.decode(Int64.self) == Self.set(all).count, "\(count)")
            }
            #expect(try await fixture.value("SELECT daybook.distinct_union_count(NULL)", as: Int64.self) == 0)
            #expect(try await fixture.value("SELECT daybook.distinct_count('\\xff')", as: Int64?.self) == nil)
        }
    }
}
