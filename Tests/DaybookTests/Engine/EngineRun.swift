import Logging
import PostgresClient
import ServiceLifecycleTestKit
import Synchronization
import Testing

@testable import Daybook

/// An engine at work in this process.
final class EngineRun: Sendable {
    let observatory = EngineObservatory()
    private let log = LogRecorder()
    private let published = AnnouncementRecorder()
    private let task: Task<Void, any Error>
    private let stops: AsyncStream<Void>.Continuation

    init(_ settings: EngineSettings) {
        let (stream, stops) = AsyncStream.makeStream(of: Void.self)
        self.stops = stops
        let (log, published) = (log, published)
        let engine = Engine(
            settings, observatory: observatory, logger: Logger(label: "engine") { _ in log },
            announce: { published.append($0) }
        )
        // Ended by `stop` or `kill`, one of which `FeedFixture.withEngine` always calls.
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

    var status: EngineStatus { observatory.current }
    var publications: [Publication] {
        published.all.flatMap { announcement -> [Publication] in
            if case .changed(let publications, _) = announcement { publications } else { [] }
        }
    }
    var announcements: [Announcement] { published.all }
    /// Everything the engine has logged, one line each.
    var logLines: [String] { log.lines }

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

    /// What ended it by itself, or nil when it ended well.
    func failure() async -> (any Error)? {
        do {
            try await task.value
            return nil
        } catch {
            return error
        }
    }
}

extension FeedFixture {
    /// Settings under which nothing takes long: a flush every few milliseconds, and health looked after as often. No day is
    /// sealed.
    func settings(_ change: (inout EngineSettings) -> Void = { _ in }) -> EngineSettings {
        var settings = EngineSettings(
            database: configuration, eventsDirectory: directory, flushEvery: .milliseconds(20), sealAt: nil,
            healthPeriod: .milliseconds(100)
        )
        settings.bell.pollInterval = .milliseconds(2)
        settings.bell.quietPolls = 5
        change(&settings)
        return settings
    }

    /// Runs an engine for the time of `body`, and ends it gracefully.
    ///
    /// - Parameter mayReconnect: false where a lost session is a failure of the test.
    @discardableResult
    func withEngine<Result: Sendable>(
        mayReconnect: Bool = false, _ change: (inout EngineSettings) -> Void = { _ in },
        _ body: (EngineRun) async throws -> Result
    ) async throws -> Result {
        let run = EngineRun(settings(change))
        do {
            let result = try await body(run)
            try await run.stop()
            if !mayReconnect {
                #expect(run.status.reconnects == 0, "\(run.logLines.filter { $0.contains("session lost") })")
            }
            return result
        } catch {
            await run.kill()
            Issue.record("the engine's last lines:\n\(run.logLines.suffix(12).joined(separator: "\n"))")
            throw error
        }
    }

    /// Waits until the engine has put everything committed so far into the tables.
    func settle() async throws {
        try await eventually("everything is flushed") { try await isFlushed() }
    }
}

/// Keeps what is announced.
final class AnnouncementRecorder: Sendable {
    private let kept = Mutex<[Announcement]>([])

    var all: [Announcement] { kept.withLock(\.self) }

    func append(_ announcement: Announcement) { kept.withLock { $0.append(announcement) } }
}

/// Keeps what is logged.
final class LogRecorder: LogHandler, Sendable {
    private let kept = Mutex<[String]>([])

    var lines: [String] { kept.withLock(\.self) }

    func log(event: LogEvent) {
        let values = event.metadata?.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: " ")
        kept.withLock { $0.append("\(event.level) \(event.message) \(values ?? "")") }
    }

    subscript(metadataKey _: String) -> Logger.Metadata.Value? {
        get { nil }
        set { _ = newValue }
    }

    var metadata: Logger.Metadata {
        get { [:] }
        set { _ = newValue }
    }

    var logLevel: Logger.Level {
        get { .debug }
        set { _ = newValue }
    }
}
