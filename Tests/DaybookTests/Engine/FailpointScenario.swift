import Foundation
import PostgresClient
import PrivatePostgres
import Testing

@testable import Daybook

/// Writers, days that are built, sealed and amended, gaps under repair and day files, with a fault in their midst.
struct FailpointScenario {
    let point: Failpoint
    let configuration: PostgresConfiguration
    let events: String
    let folder: String

    private static let history = """
        INSERT INTO visits (site, at, bytes, browser)
        SELECT 's' || n % 5, now() - n % 4 * interval '1 day', n, 'b' || n % 3 FROM generate_series(1, 80) AS n;
        """

    /// Only what a repair is about is made wrong: where nothing is, no audit may have anything to mend.
    private var isTampered: Bool { point.rawValue.hasPrefix("repair.") }

    static func with(
        _ point: Failpoint, on configuration: PostgresConfiguration, _ body: (FailpointScenario) async throws -> Void
    ) async throws {
        try await FeedFixture.with(configuration, Visits.table + history) { feed in
            let folder = "\(feed.directory)-snapshots"
            defer { try? FileManager.default.removeItem(atPath: folder) }
            let scenario = FailpointScenario(
                point: point, configuration: configuration, events: feed.directory, folder: folder)
            if !point.rawValue.hasPrefix("build.") {
                try await DayFileFixture(feed: feed, folder: folder).run()
            }
            if scenario.isTampered {
                try await feed.run(
                    """
                    ALTER TABLE visits DISABLE TRIGGER USER;
                    UPDATE visits SET bytes = bytes + 1 WHERE id % 7 = 0;
                    INSERT INTO visits (site, at, bytes) VALUES ('unseen', now(), 1);
                    ALTER TABLE visits ENABLE TRIGGER USER
                    """)
            }
            try await body(scenario)
        }
    }

    /// Of its own, as the shared one makes and drops one database after the other, and others wait for theirs.
    private static let cluster = PrivatePostgres()

    /// In a database of a cluster that does not crash.
    static func with(_ point: Failpoint, _ body: (FailpointScenario) async throws -> Void) async throws {
        try await cluster.boot()
        try await cluster.withDatabase("failpoint") { database in
            try await with(point, on: PostgresConfiguration(database), body)
        }
    }

    /// Runs something while applications write: days at hand and closed ones, single rows and many, and what is undone.
    func whileWriting(_ body: () async throws -> Void) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for writer in 0..<2 { group.addTask { try await write(as: writer) } }
            do {
                try await body()
            } catch {
                group.cancelAll()
                throw error
            }
            group.cancelAll()
        }
    }

    /// Until cancelled, whatever happens to the connection.
    private func write(as writer: Int) async throws {
        var number = writer
        while !Task.isCancelled {
            do {
                try await PostgresConnection.withConnection(configuration) { connection in
                    while !Task.isCancelled {
                        try await connection.execute(Self.transaction(number))
                        number += 2
                    }
                }
            } catch {
                // The server is gone, or comes back. Nobody counts on this transaction; the sources tell whether it happened.
                try? await Task.sleep(for: .milliseconds(20))
            }
        }
    }

    private static func transaction(_ number: Int) -> String {
        let change =
            switch number % 4 {
            case 0:
                "INSERT INTO visits (site, at, bytes, browser) SELECT 's' || n, now() - \(number % 3) * interval '1 day', n, 'w' FROM generate_series(1, 4) AS n"
            case 1: "UPDATE visits SET bytes = bytes + 1 WHERE id % 11 = \(number % 11)"
            case 2:
                "INSERT INTO visits (site, at, bytes) VALUES ('kept', now(), 1); SAVEPOINT s; DELETE FROM visits; ROLLBACK TO s"
            default: "DELETE FROM visits WHERE id % 23 = \(number % 23)"
            }
        return "BEGIN; \(change); SELECT pg_sleep(0.004); COMMIT"
    }

    /// Days end at midnight sharp here, so that history is sealed at once.
    func settings(_ failpoints: Failpoints? = nil) -> EngineSettings {
        var settings = EngineSettings(
            database: configuration, eventsDirectory: events, snapshotsDirectory: folder,
            flushEvery: .milliseconds(10), sealAt: .zero, healthPeriod: .milliseconds(100)
        )
        settings.bell.pollInterval = .milliseconds(2)
        settings.bell.quietPolls = 5
        settings.failpoints = failpoints
        return settings
    }

    /// Runs an engine in this process until the failpoint has struck and the engine has come to itself.
    func runIntoIt(_ action: Failpoints.Action) async throws {
        let failpoints = Failpoints(point, action)
        let run = EngineRun(settings(failpoints))
        do {
            try await eventually("\(point.rawValue) is reached") { failpoints.hasStruck }
            try await eventually("the session was lost") { run.status.reconnects > 0 }
            try await eventually("the engine leads again") { run.status.isReady }
        } catch {
            await run.kill()
            Issue.record("the engine's last lines:\n\(run.logLines.suffix(12).joined(separator: "\n"))")
            throw error
        }
        // Abruptly: nothing may depend on a last flush.
        await run.kill()
    }

    /// The next engine finds everything as the sources say, in the tables, in memory, in files and in archives, without
    /// an audit having had to mend anything.
    func expectExactlyOnce() async throws {
        try await PostgresConnection.withConnection(configuration) { connection in
            let feed = FeedFixture(configuration: configuration, directory: events, connection: connection)
            let files = DayFileFixture(feed: feed, folder: folder)
            try await files.run(with: { $0.sealAt = .zero }) { run in
                try await eventually("no gap is open") {
                    try await feed.count("daybook.gaps WHERE state IN ('open', 'repairing')") == 0
                }
                #expect(try await feed.isExact())
                try await feed.run(DayFileFixture.touch)
                try await feed.settle()
                #expect(try await feed.isExact())
                try await eventually("all ended days have been sealed") {
                    try await feed.count(
                        """
                        visits_daily AS r WHERE r.day < current_date
                            AND NOT EXISTS (SELECT FROM daybook.seals AS s WHERE s.day = r.day)
                        """) == 0
                }
            }
            if !isTampered { #expect(try await feed.count("daybook.gaps") == 0) }
            #expect(try await feed.count("daybook.seals WHERE NOT verified") == 0)
            #expect(try await files.filesEqualTable())
            try await expectArchives(of: feed, in: files)
        }
    }

    private func expectArchives(of feed: FeedFixture, in files: DayFileFixture) async throws {
        let rollup = try #require(try await feed.rollups().first)
        for seal in try await feed.connection.query("SELECT day, digest, rows FROM daybook.seals") {
            let (day, digest, rows) = try seal.decode(PostgresDate.self, String.self, Int.self)
            let stamp = try files.store.loadArchive(rollup, day: day, digest: digest) { _ in }
            #expect(stamp?.rows == rows)
        }
    }
}
