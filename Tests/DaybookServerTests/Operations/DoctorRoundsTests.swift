import Synchronization
import Testing

@testable import Daybook
@testable import DaybookServer

struct DoctorRoundsTests {
    private static let finding = DoctorFinding(
        check: "triggers", severity: .error, subject: "sales", evidence: "It is off.", remedy: "Turn it on.")

    /// A doctor with a clock that the test moves, and what each of its examinations comes to.
    private final class Practice: Sendable {
        let clock = Mutex(ContinuousClock.now)
        let examinations = Mutex(0)
        let outcome: Mutex<Result<[DoctorFinding], BadDay>>

        init(_ outcome: Result<[DoctorFinding], BadDay>) { self.outcome = Mutex(outcome) }

        func rounds(patience: Duration = .seconds(30)) -> DoctorRounds {
            DoctorRounds(patience: patience, now: { self.clock.withLock(\.self) }) {
                self.examinations.withLock { $0 += 1 }
                return try self.outcome.withLock(\.self).get()
            }
        }

        func pass(_ duration: Duration) { clock.withLock { $0 += duration } }
    }

    private struct BadDay: Error, CustomStringConvertible {
        let description = "The database is away."
    }

    private func running(_ rounds: DoctorRounds, _ body: () async throws -> Void) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await rounds.run() }
            defer { rounds.close() }
            try await body()
        }
    }

    @Test("Looks when somebody asks, and not again for five minutes")
    func seldom() async throws {
        let practice = Practice(.success([Self.finding]))
        let rounds = practice.rounds()
        #expect(rounds.report.findings == nil, "nobody waits for an examination")
        try await running(rounds) {
            try await eventually("it has looked") { rounds.report.findings == [Self.finding] }
            practice.outcome.withLock { $0 = .success([]) }
            practice.pass(.seconds(299))
            for _ in 0..<50 {
                #expect(rounds.report.findings == [Self.finding])
                await Task.yield()
            }
            #expect(practice.examinations.withLock(\.self) == 1)
            practice.pass(.seconds(1))
            try await eventually("it has looked again") { rounds.report.findings == [] }
            #expect(practice.examinations.withLock(\.self) == 2)
        }
    }

    @Test("An examination that fails leaves the last findings, and says why")
    func failure() async throws {
        let practice = Practice(.success([Self.finding]))
        let rounds = practice.rounds()
        try await running(rounds) {
            try await eventually("it has looked") { rounds.report.findings != nil }
            practice.outcome.withLock { $0 = .failure(BadDay()) }
            practice.pass(.seconds(300))
            try await eventually("it has failed") { rounds.report.failure == "The database is away." }
            #expect(rounds.report.findings == [Self.finding])
            practice.outcome.withLock { $0 = .success([]) }
            practice.pass(.seconds(300))
            try await eventually("it is well again") { rounds.report.failure == nil && rounds.report.findings == [] }
        }
    }

    @Test("An examination that takes too long is given up")
    func patience() async throws {
        let rounds = DoctorRounds(patience: .milliseconds(20)) {
            try await Task.sleep(for: .seconds(3600))
            return []
        }
        try await running(rounds) {
            try await eventually("it has given up") {
                rounds.report.failure?.hasPrefix("The examination took longer than") ?? false
            }
        }
    }
}
