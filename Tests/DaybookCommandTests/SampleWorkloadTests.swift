import Testing

@testable import DaybookCommand

@Suite("The sample workload as a value")
struct SampleWorkloadTests {
    @Test("The same seed makes the same series, another seed another")
    func deterministic() {
        #expect(series(seed: 1) == series(seed: 1))
        #expect(series(seed: 1) != series(seed: 2))
        #expect(SampleWorkload.history(seed: 1) == SampleWorkload.history(seed: 1))
        #expect(SampleWorkload.history(seed: 1) != SampleWorkload.history(seed: 2))
    }

    @Test("Its first numbers are those of SplitMix64")
    func splitMix() {
        var random = SampleRandom(seed: 1_234_567)
        #expect(
            (0..<3).map { _ in random.next() } == [
                6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423,
            ])
    }

    @Test("Every kind comes up about as often as its weight says")
    func weights() {
        #expect(SampleWorkload.Kind.allCases.reduce(0) { $0 + $1.weight } == 1_000)
        let counts = series(seed: 3, length: 20_000).reduce(into: [:]) { $0[$1.kind, default: 0] += 1 }
        for kind in SampleWorkload.Kind.allCases {
            let expected = 20 * kind.weight
            let count = counts[kind] ?? 0
            #expect(count > expected / 3 && count < expected * 3, "\(kind.rawValue): \(count)")
        }
    }

    @Test("Without posts to change it publishes, and never changes a post it has not made")
    func nothingToChange() throws {
        var workload = SampleWorkload(seed: 4)
        var published: Set<String> = []
        for _ in 0..<5_000 {
            let transaction = workload.next()
            let first = try #require(transaction.statements.first)
            switch transaction.kind {
            case .publish: published.insert(try #require(first.parameters[1]))
            case .metrics, .lateMetrics, .removal, .reinstatement, .retitle, .dateCorrection, .deletion:
                #expect(published.contains(try #require(first.parameters[0])))
            default: break
            }
        }
    }

    @Test("Posts of the history are changed where there is one")
    func changesHistory() {
        let late = series(seed: 5, length: 2_000).filter { $0.kind == .lateMetrics }
        #expect(!late.isEmpty)
        #expect(late.allSatisfy { $0.statements[0].parameters[0]?.hasPrefix("t3_h") == true })
    }

    @Test("It remembers no more than its limit, the latest")
    func bounded() {
        var workload = SampleWorkload(seed: 6)
        for number in 0..<SampleWorkload.memoryLimit + 10 { workload.remember("post \(number)") }
        #expect(workload.posts.count == SampleWorkload.memoryLimit)
        #expect(!workload.posts.contains("post 9"))
        #expect(workload.posts.contains("post 10"))
        #expect(workload.posts.contains("post \(SampleWorkload.memoryLimit + 9)"))
    }

    @Test("Only what is rolled back is marked so, and bulk imports have 20 to 500 rows")
    func shapes() throws {
        for transaction in series(seed: 7, length: 10_000) {
            #expect(transaction.rollsBack == (transaction.kind == .rollback))
            #expect((1...3).contains(transaction.statements.count))
            if transaction.kind == .bulkImport {
                let ages = try #require(transaction.statements[0].parameters[4])
                #expect((20...500).contains(ages.split(separator: ",").count))
            }
        }
    }

    @Test("The power law keeps its limits and has a tail")
    func powerLaw() {
        var random = SampleRandom(seed: 8)
        let values = (0..<10_000).map { _ in random.powerLaw(least: 10, most: 5_000, doubling: 0.6) }
        #expect(values.min().map { $0 >= 10 && $0 < 12 } == true)
        #expect(values.max() == 5_000)
        #expect(values.sorted()[5_000] < 60)
    }

    @Test("An array's text form quotes what Postgres would misread")
    func arrayLiteral() {
        #expect(ArrayLiteral.text([]) == "{}")
        #expect(ArrayLiteral.text(["a", nil, "NULL", ""]) == #"{"a",NULL,"NULL",""}"#)
        #expect(ArrayLiteral.text([#"say "\""#, "e\u{301}"]) == "{\"say \\\"\\\\\\\"\",\"e\u{301}\"}")
    }

    private func series(seed: UInt64, length: Int = 300) -> [SampleWorkload.Transaction] {
        var workload = SampleWorkload(seed: seed, historyPosts: 100)
        return (0..<length).map { _ in workload.next() }
    }
}
