import Logging
import PostgresClient
import ServiceLifecycleTestKit

@testable import Daybook
@testable import DaybookServer

/// An engine at work in this process, which announces to the fixture.
final class ServerEngine: Sendable {
    let observatory: EngineObservatory
    private let task: Task<Void, any Error>
    private let stops: AsyncStream<Void>.Continuation

    init(_ fixture: ServerFixture, flushEvery: Duration) {
        let (stream, stops) = AsyncStream.makeStream(of: Void.self)
        self.stops = stops
        observatory = fixture.routes.model.observatory
        var settings = EngineSettings(
            database: fixture.configuration, eventsDirectory: fixture.directory, flushEvery: flushEvery, sealAt: nil,
            healthPeriod: max(.milliseconds(100), flushEvery)
        )
        settings.bell.pollInterval = .milliseconds(2)
        settings.bell.quietPolls = 5
        let live = fixture.live
        let engine = Engine(
            settings, observatory: observatory, logger: Logger(label: "engine") { _ in SwiftLogNoOpLogHandler() }
        ) { live.receive($0) }
        // Ended by `stop` or `kill`, one of which `ServerFixture.withEngine` always calls.
        task = Task {
            try await testGracefulShutdown { trigger in
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask { try await engine.run() }
                    group.addTask { for await _ in stream { trigger.triggerGracefulShutdown() } }
                    try await group.next()
                    group.cancelAll()
                }
            }
        }
    }

    /// Ends it gracefully, everything flushed.
    func stop() async throws {
        stops.yield()
        try await task.value
    }

    /// Ends it abruptly.
    func kill() async {
        task.cancel()
        _ = await task.result
    }
}

extension ServerFixture {
    /// Runs an engine for the time of `body`; by default it never flushes by itself, so that all changes stay in memory.
    func withEngine(
        flushEvery: Duration = .seconds(3600), gracefully: Bool = true, _ body: (ServerEngine) async throws -> Void
    ) async throws {
        let engine = ServerEngine(self, flushEvery: flushEvery)
        do {
            try await eventually("the engine has built everything") {
                let status = engine.observatory.current
                guard status.isReady, status.daysToBuild == 0 else { return false }
                return try await connection.query(
                    "SELECT NOT EXISTS (SELECT FROM daybook.rollups WHERE state <> 'built')"
                )[0].decode(Bool.self)
            }
            try await body(engine)
            if gracefully { try await engine.stop() } else { await engine.kill() }
        } catch {
            await engine.kill()
            throw error
        }
    }

    /// Waits until the engine has counted everything committed so far.
    func counted(by engine: ServerEngine) async throws {
        let last = try await connection.query("SELECT pg_current_snapshot()")[0].decode(PostgresSnapshot.self)
        try await eventually("everything is counted") {
            guard let cursor = engine.observatory.current.cursor else { return false }
            return try await connection.query(
                """
                SELECT NOT EXISTS (SELECT FROM daybook.events WHERE NOT pg_visible_in_snapshot(xid, $1::pg_snapshot))
                """,
                [cursor]
            )[0].decode(Bool.self) && cursor.xmax >= last.xmin
        }
    }
}
