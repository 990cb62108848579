import Daybook
import Foundation
import PostgresClient
import PrivatePostgres

/// How soon a daemon serves after its start with many keys in open days: from day files, and from the rollup table.
struct RestartBenchmark {
    static let mostSeconds = 2.0

    let keys: Int
    let rounds: Int

    private struct Start: Sendable, CustomStringConvertible {
        /// From nothing until it serves.
        let seconds: Double
        /// Of these, bringing the days into memory.
        let reading: Double

        var description: String {
            "\(seconds.rounded(toPlaces: 2)) (reading \(reading.rounded(toPlaces: 2)))"
        }
    }

    func run() async throws -> [Bound] {
        let folder = FileManager.default.temporaryDirectory.appending(path: "daybook-restart-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: folder) }
        return try await BenchmarkDatabase.withServer { server in
            let database = try await BenchmarkDatabase.create("restart", on: server)
            try await database.install()
            try await fill(database)
            print("restart: \(keys) keys in two open days, seconds from the daemon's start until it serves")
            _ = try await start(on: database, snapshots: folder, untilFilesHold: keys)
            let comparison = try await database.withConnection { try await RollupComparison.read(on: $0) }
            guard comparison.different == 0, comparison.keys == keys else {
                throw BenchmarkError("\(comparison.different) of \(comparison.keys) keys differ from the source.")
            }
            var files: [Start] = []
            var table: [Start] = []
            for round in 1...rounds {
                files.append(try await start(on: database, snapshots: folder))
                table.append(try await start(on: database, snapshots: nil))
                print(
                    "  round \(round): files \(files[round - 1]), Postgres \(table[round - 1])"
                )
            }
            return [
                Bound(
                    name: "restart, serving from files", value: median(files.map(\.seconds)),
                    requirement: .atMost(Self.mostSeconds), unit: " s"),
                Bound(
                    name: "restart, reading files against reading the same from Postgres",
                    value: median(files.map(\.reading)) / median(table.map(\.reading)), requirement: .atMost(1),
                    unit: " times"),
            ]
        }
    }

    private func fill(_ database: BenchmarkDatabase) async throws {
        try await database.withConnection { connection in
            _ = try await connection.query(
                """
                INSERT INTO \(BenchmarkDatabase.source)
                    (user_id, subreddit, title, occurred_at, views, upvotes, comment_count)
                SELECT i, 'subreddit' || i % 50, 'What we learned in week ' || i % 50,
                    now() - i % 2 * interval '1 day', i % 1000, i % 100, i % 10
                FROM generate_series(1, \(keys)) AS i
                """
            )
            try await connection.execute("VACUUM ANALYZE")
        }
    }

    /// Starts an engine in this process and stops it.
    /// - Parameter rows: wait also until the files hold so many.
    /// - Returns: how long it took until it served.
    private func start(
        on database: BenchmarkDatabase, snapshots: String?, untilFilesHold rows: Int? = nil
    ) async throws -> Start {
        let settings = EngineSettings(
            database: database.configuration, eventsDirectory: BenchmarkDatabase.eventsDirectory,
            snapshotsDirectory: snapshots, sealAt: nil
        )
        let observatory = EngineObservatory()
        let engine = Engine(settings, observatory: observatory, logger: RunningEngine.quietLogger)
        let started = ContinuousClock.now
        return try await withThrowingTaskGroup(of: Start?.self) { group in
            group.addTask {
                try await engine.run()
                return nil
            }
            group.addTask {
                try await wait { observatory.current.isReady }
                let seconds = started.duration(to: .now) / .seconds(1)
                let status = observatory.current
                if let rows, let snapshots {
                    try await wait {
                        let files = try? SnapshotListing(directory: snapshots).entries
                        return files?.reduce(0) { $0 + ($1.rows ?? 0) } == rows
                    }
                } else {
                    let expected = snapshots == nil ? status.daysLoadedFromTables : status.daysLoadedFromFiles
                    // Two rollups, of which one has no rows and therefore no files.
                    guard expected >= 2 else { throw BenchmarkError("The days did not come from where they should.") }
                }
                return Start(seconds: seconds, reading: status.loadSeconds)
            }
            defer { group.cancelAll() }
            while let finished = try await group.next() {
                if let start = finished { return start }
                throw BenchmarkError("The engine stopped by itself.")
            }
            preconditionFailure("a group of two tasks ends with one of them")
        }
    }

    private func wait(_ condition: () throws -> Bool) async throws {
        let end = ContinuousClock.now + .seconds(120)
        while try !condition() {
            guard .now < end else { throw BenchmarkError("Waited two minutes in vain for the daemon.") }
            try await Task.sleep(for: .milliseconds(1))
        }
    }

    private func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }
}
