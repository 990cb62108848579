import Foundation
import PostgresClient
import PrivatePostgres
import Testing

@testable import Daybook

/// Whatever goes wrong between any two steps, each event counts exactly once. One case at a time in each of these suites: each
/// has an engine, writers and a database at work, and other tests watch the clock.
@Suite(.serialized) struct FailpointKillTests {
    @Test(arguments: Failpoint.allCases)
    func killed(at point: Failpoint) async throws {
        try await FailpointScenario.with(point) { scenario in
            let (database, events, folder) = (scenario.configuration.conninfo, scenario.events, scenario.folder)
            try await scenario.whileWriting {
                await #expect(processExitsWith: .signal(SIGKILL)) {
                    [
                        name = point.rawValue as String, database = database as String, events = events as String,
                        folder = folder as String
                    ] in
                    // As an operator's process would be armed.
                    setenv(Failpoints.variable, "\(name):kill", 1)
                    let scenario = FailpointScenario(
                        point: try #require(Failpoint(rawValue: name)), configuration: PostgresConfiguration(database),
                        events: events, folder: folder
                    )
                    try await scenario.runInThisProcess(within: .seconds(120))
                }
            }
            try await scenario.expectExactlyOnce()
        }
    }

}

/// The same with the connection cut.
@Suite(.serialized) struct FailpointCutTests {
    @Test(arguments: Failpoint.allCases)
    func cutOff(at point: Failpoint) async throws {
        try await FailpointScenario.with(point) { scenario in
            try await scenario.whileWriting { try await scenario.runIntoIt(.cut) }
            try await scenario.expectExactlyOnce()
        }
    }

    /// An error that nobody expected ends the engine, and harms nothing.
    @Test(arguments: [Failpoint.turnApplied, .flushBeforeCommit, .sealArchived])
    func failing(at point: Failpoint) async throws {
        try await FailpointScenario.with(point) { scenario in
            try await scenario.whileWriting {
                let run = EngineRun(scenario.settings(Failpoints(point, .error)))
                #expect(await run.failure() is FailpointError)
            }
            try await scenario.expectExactlyOnce()
        }
    }

    @Test(arguments: ["", "flush", "flush.before-commit", "flush.before-commit:burn", "turn.begun:kill:0", "x:kill"])
    func aNameMisspeltIsAnError(_ text: String) {
        #expect(throws: FailpointError.self) { try Failpoints(text) }
    }
}

/// The same with Postgres' processes killed at the point, on a cluster that only these tests use.
@Suite(.serialized) struct FailpointCrashTests {
    private static let cluster = PrivatePostgres()

    @Test(arguments: Failpoint.allCases)
    func postgresCrashes(at point: Failpoint) async throws {
        let cluster = Self.cluster
        try await cluster.boot()
        try await cluster.withDatabase("crash") { database in
            try await FailpointScenario.with(point, on: PostgresConfiguration(database)) { scenario in
                try await scenario.whileWriting {
                    try await scenario.runIntoIt(
                        .call {
                            let isBack = DispatchSemaphore(value: 0)
                            // Detached, as this thread is to stand still meanwhile.
                            Task.detached {
                                try await cluster.crash()
                                try await cluster.startAgain()
                                isBack.signal()
                            }
                            isBack.wait()
                        })
                }
                try await scenario.expectExactlyOnce()
            }
        }
    }
}

extension FailpointScenario {
    /// Runs an engine as the environment arms it.
    func runInThisProcess(within limit: Duration) async throws {
        let run = EngineRun(settings())
        _ = try? await eventually("the end", within: limit) { false }
        print(run.logLines.suffix(20).joined(separator: "\n"))
        await run.kill()
    }
}
