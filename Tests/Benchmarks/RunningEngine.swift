import Daybook
import Logging

/// An engine in this process, for the time of a closure.
struct RunningEngine: Sendable {
    let observatory: EngineObservatory

    /// - Parameter seals: whether ended days are sealed meanwhile, which takes time of its own.
    static func with<Result: Sendable>(
        _ database: BenchmarkDatabase, seals: Bool = true,
        publish: @Sendable @escaping ([Publication]) async -> Void = { _ in },
        _ body: @Sendable @escaping (RunningEngine) async throws -> Result
    ) async throws -> Result {
        let observatory = EngineObservatory()
        let engine = Engine(
            EngineSettings(
                database: database.configuration, eventsDirectory: BenchmarkDatabase.eventsDirectory,
                sealAt: seals ? .seconds(7200) : nil
            ),
            observatory: observatory, logger: quietLogger,
            announce: { announcement in
                if case .changed(let publications, _) = announcement { await publish(publications) }
            }
        )
        return try await withThrowingTaskGroup(of: Result?.self) { group in
            group.addTask {
                try await engine.run()
                return nil
            }
            group.addTask {
                let running = RunningEngine(observatory: observatory)
                try await running.wait(for: "the daemon's first sleep") {
                    $0.isReady && $0.isAsleep && $0.daysToBuild == 0
                }
                return try await body(running)
            }
            defer { group.cancelAll() }
            while let finished = try await group.next() {
                if let result = finished { return result }
                throw BenchmarkError("The engine stopped by itself.")
            }
            preconditionFailure("a group of two tasks ends with one of them")
        }
    }

    /// Waits until the engine's status is as wanted, half a minute at most.
    func wait(for event: String, _ condition: (EngineStatus) -> Bool) async throws {
        let end = ContinuousClock.now + .seconds(30)
        while !condition(observatory.current) {
            guard .now < end else { throw BenchmarkError("Waited in vain for \(event).") }
            try await Task.sleep(for: .milliseconds(1))
        }
    }

    static var quietLogger: Logger {
        var logger = Logger(label: "daybook", factory: StreamLogHandler.standardError(label:))
        logger.logLevel = .warning
        return logger
    }
}

struct BenchmarkError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}
