import Daybook
import PostgresClient

/// How long a committed row takes to be seen in memory (by the publish hook) and in the rollup table. Both are counted
/// from before the INSERT is sent, so the commit's own time is included.
struct LatencyBenchmark {
    static let flushEvery = Duration.seconds(1)
    static let commitsPerSecond = 200
    /// Under load, one commit in so many is timed.
    static let sampleEvery = 10

    let samples: Int

    func run() async throws -> [Bound] {
        try await BenchmarkDatabase.withServer { server in
            let database = try await BenchmarkDatabase.create("latency", on: server)
            try await database.install()
            let sightings = Sightings()
            return try await RunningEngine.with(database, publish: { sightings.see($0) }) { engine in
                let idle = try await withWatcher(of: database, sightings) {
                    try await measureIdle(engine, database, sightings)
                }
                let busy = try await withWatcher(of: database, sightings) { try await measureBusy(database, sightings) }
                return bounds("idle", idle) + bounds("at \(Self.commitsPerSecond) commits a second", busy)
            }
        }
    }

    /// Commits at random moments while the daemon sleeps.
    private func measureIdle(
        _ engine: RunningEngine, _ database: BenchmarkDatabase, _ sightings: Sightings
    ) async throws -> [Sightings.Journey] {
        try await database.withConnection { connection in
            for user in 1...Int32(samples) {
                try await engine.wait(for: "sleep") { $0.isAsleep && !$0.hasUnflushedRows }
                try await Task.sleep(for: .microseconds(Int.random(in: 0...300_000)))
                sightings.expect(user)
                try await Self.insert(user, on: connection)
                try await sightings.waitForAll()
            }
            return sightings.takeJourneys()
        }
    }

    /// Commits at an even pace.
    private func measureBusy(_ database: BenchmarkDatabase, _ sightings: Sightings) async throws -> [Sightings.Journey]
    {
        try await database.withConnection { connection in
            let first = Int32(1_000_000)
            let start = ContinuousClock.now
            for number in 0..<samples * Self.sampleEvery {
                try await Task.sleep(until: start + .seconds(number) / Self.commitsPerSecond)
                let user = first + Int32(number)
                if number % Self.sampleEvery == 0 { sightings.expect(user) }
                try await Self.insert(user, on: connection)
            }
            try await sightings.waitForAll()
            return sightings.takeJourneys()
        }
    }

    private static func insert(_ user: Int32, on connection: PostgresConnection) async throws {
        try await connection.query(
            "INSERT INTO reddit_post_outcomes (user_id, subreddit, title, views) VALUES ($1::integer, 'swift', 'Title', 7)",
            [user], cached: true
        )
    }

    private func bounds(_ situation: String, _ journeys: [Sightings.Journey]) -> [Bound] {
        let memory = Distribution(journeys.map(\.toMemory.inMilliseconds))
        let table = Distribution(journeys.map(\.toTable.inMilliseconds))
        print("latency, \(situation): \(journeys.count) commits, milliseconds")
        for (name, times) in [("memory", memory), ("table", table)] {
            print(
                "  " + name.left(8)
                    + "median \(times.median.rounded(toPlaces: 1))  p99 \(times.percentile(99).rounded(toPlaces: 1))"
                    + "  max \(times.maximum.rounded(toPlaces: 1))"
            )
        }
        return [
            Bound(
                name: "latency to memory, \(situation), median", value: memory.median, requirement: .atMost(20),
                unit: " ms"),
            Bound(
                name: "latency to table, \(situation), p99", value: table.percentile(99),
                requirement: .atMost(Self.flushEvery.inMilliseconds + 100), unit: " ms"
            ),
        ]
    }

    /// Looks at the table about every millisecond for what is expected there.
    private func withWatcher<Result: Sendable>(
        of database: BenchmarkDatabase, _ sightings: Sightings, _ body: @Sendable @escaping () async throws -> Result
    ) async throws -> Result {
        try await withThrowingTaskGroup(of: Result?.self) { group in
            group.addTask {
                try await database.withConnection { connection in
                    while !Task.isCancelled {
                        try await Task.sleep(for: .milliseconds(1))
                        let awaited = sightings.awaitedInTable
                        if awaited.isEmpty { continue }
                        let rows = try await connection.query(
                            "SELECT user_id FROM \(BenchmarkDatabase.rollup) WHERE user_id = ANY ($1::integer[])",
                            [awaited],
                            cached: true
                        )
                        sightings.seeInTable(try rows.map { try $0.decode(Int32.self) })
                    }
                }
                return nil
            }
            group.addTask { try await body() }
            defer { group.cancelAll() }
            guard let result = try await group.next(), let result else { throw BenchmarkError("The watcher stopped.") }
            return result
        }
    }
}
