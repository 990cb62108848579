import Foundation
import Testing

/// Writers, daemons and a server in trouble; afterwards every rollup is what its sources say.
///
/// See Tests/README.md for running more seeds and for repeating one that failed.
@Suite(.serialized)
struct ModelTests {
    @Test(arguments: ModelSeeds.wanted)
    func everyRowIsExact(seed: UInt64) async throws {
        let plan = ModelPlan(seed: seed, steps: ModelSeeds.steps)
        print("model: \(plan)")
        let started = ContinuousClock.now
        let report = try await ModelRun.perform(plan)
        let duration = started.duration(to: .now).formatted(
            .units(allowed: [.seconds], fractionalPart: .show(length: 1)))
        let tally = report.tally.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", ")
        print(
            "model: seed \(seed): \(duration), \(report.rows) rows; transactions: \(tally); gaps: \(report.gaps); audits: \(report.audits)"
        )
        for failure in report.failures { Issue.record("seed \(seed): \(failure)") }
    }
}
