import Daybook
import PostgresClient

#if canImport(Glibc)
import Glibc
#endif

/// How long a committed row takes to be an event at a subscriber's end of an HTTP connection, counted from before the INSERT
/// is sent.
///
/// Each of the subscribers follows a user of its own, as creators do. One more follows everyone, as an operator does; under
/// load its messages are a hundred milliseconds apart, by design, so half of that is in its median. Then two hundred
/// operators at once, and a thousand who are told of one commit.
struct StreamBenchmark {
    static let subscribers = 200
    static let commitsPerSecond = 200
    static let writers = 4
    static let crowd = 1_000

    let samples: Int
    /// Of load.
    let seconds: Int

    func run() async throws -> [Bound] {
        try Self.raiseFileLimit()
        return try await BenchmarkDatabase.withServer { server in
            let database = try await BenchmarkDatabase.create("stream", on: server)
            try await database.install()
            let bounds = try await ServedEngine.with(database) { served in
                let crowd = try await StreamCrowd.connected(
                    port: served.port, queries: (1...Self.subscribers).map { "user_id=\($0)" } + [""]
                )
                defer { crowd.leave() }
                return try await measureIdle(served.engine, database, crowd) + measureBusy(database, crowd)
            }
            let operators = try await ServedEngine.with(database) { try await measureOperators($0, database) }
            return try await bounds + operators + ServedEngine.with(database) { try await measureCrowd($0, database) }
        }
    }

    /// Commits at random moments while the daemon sleeps.
    private func measureIdle(
        _ engine: RunningEngine, _ database: BenchmarkDatabase, _ crowd: StreamCrowd
    ) async throws -> [Bound] {
        let begun = try await database.withConnection { connection in
            var begun: [Int: ContinuousClock.Instant] = [:]
            for number in 0..<samples {
                try await engine.wait(for: "sleep") { $0.isAsleep && !$0.hasUnflushedRows }
                try await Task.sleep(for: .microseconds(Int.random(in: 0...300_000)))
                begun[number] = .now
                try await Self.insert(number, on: connection)
                _ = try await crowd.arrivals(of: number..<number + 1, to: 2)
            }
            return begun
        }
        return bounds("idle", begun, try await crowd.arrivals(of: 0..<samples, to: 2))
    }

    private func measureBusy(_ database: BenchmarkDatabase, _ crowd: StreamCrowd) async throws -> [Bound] {
        let numbers = 1_000_000..<1_000_000 + seconds * Self.commitsPerSecond
        let (begun, rate) = try await commit(numbers, database)
        let arrivals = try await crowd.arrivals(of: numbers, to: 2)
        return [rate] + bounds("at \(Self.commitsPerSecond) commits a second", begun, arrivals)
    }

    /// The same load, and everybody is told of all of it.
    private func measureOperators(_ served: ServedEngine, _ database: BenchmarkDatabase) async throws -> [Bound] {
        let crowd = try await StreamCrowd.connected(
            port: served.port, queries: [String](repeating: "", count: Self.subscribers))
        defer { crowd.leave() }
        let numbers = 3_000_000..<3_000_000 + seconds * Self.commitsPerSecond
        let (begun, rate) = try await commit(numbers, database)
        let arrivals = try await crowd.arrivals(of: numbers, to: Self.subscribers)
        let times = Distribution(
            begun.flatMap { number, begun in
                (arrivals[number] ?? [:]).values.map { begun.duration(to: $0).inMilliseconds }
            })
        print(
            "stream, at \(Self.commitsPerSecond) commits a second, \(Self.subscribers) operators: milliseconds\n  "
                + times.summary)
        return [
            rate,
            Bound(
                name: "commit to event, \(Self.subscribers) operators, p99", value: times.percentile(99),
                requirement: .atMost(150), unit: " ms"),
        ]
    }

    /// A thousand who all follow everything, and one commit.
    private func measureCrowd(_ served: ServedEngine, _ database: BenchmarkDatabase) async throws -> [Bound] {
        let connecting = ContinuousClock.now
        let crowd = try await StreamCrowd.connected(
            port: served.port, queries: [String](repeating: "", count: Self.crowd))
        defer { crowd.leave() }
        let connected = connecting.duration(to: .now)
        let number = 5_000_000
        let begun = ContinuousClock.now
        try await database.withConnection { try await Self.insert(number, on: $0) }
        let arrivals = try await crowd.arrivals(of: number..<number + 1, to: Self.crowd)[number] ?? [:]
        let times = Distribution(arrivals.values.map { begun.duration(to: $0).inMilliseconds })
        print(
            "stream, \(Self.crowd) subscribers: connected in \(connected.inMilliseconds.rounded(toPlaces: 0)) ms, one commit "
                + "told to all, milliseconds\n  median \(times.median.rounded(toPlaces: 1))  last "
                + times.maximum.rounded(toPlaces: 1))
        return [
            Bound(
                name: "subscribers told of one commit", value: Double(arrivals.count),
                requirement: .atLeast(Double(Self.crowd))),
            Bound(
                name: "commit to the last of \(Self.crowd) subscribers", value: times.maximum,
                requirement: .atMost(1_000), unit: " ms"),
        ]
    }

    private func bounds(
        _ situation: String, _ begun: [Int: ContinuousClock.Instant],
        _ arrivals: [Int: [Int: ContinuousClock.Instant]]
    ) -> [Bound] {
        func times(of receiver: (Int) -> Int) -> Distribution {
            Distribution(
                begun.compactMap { number, begun in
                    (arrivals[number]?[receiver(number)]).map { begun.duration(to: $0).inMilliseconds }
                })
        }
        let user = times { $0 % Self.subscribers }
        let everyone = times { _ in Self.subscribers }
        print(
            "stream, \(situation), \(Self.subscribers) subscribers and an operator: \(begun.count) commits, milliseconds"
        )
        for (name, times) in [("user", user), ("operator", everyone)] {
            print("  " + name.left(10) + times.summary)
        }
        return [
            Bound(
                name: "commit to event, \(situation), median", value: user.median, requirement: .atMost(30),
                unit: " ms"),
            Bound(
                name: "commit to event, \(situation), p99", value: user.percentile(99), requirement: .atMost(150),
                unit: " ms"),
            Bound(
                name: "commit to an operator's event, \(situation), p99", value: everyone.percentile(99),
                requirement: .atMost(150), unit: " ms"),
        ]
    }

    /// Both ends of every connection are in this process.
    private static func raiseFileLimit() throws {
        let files = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        var limit = rlimit()
        let wanted = rlim_t(3 * crowd)
        guard getrlimit(files, &limit) == 0, limit.rlim_cur < wanted else { return }
        limit.rlim_cur = min(wanted, limit.rlim_max)
        guard limit.rlim_cur == wanted, setrlimit(files, &limit) == 0 else {
            throw BenchmarkError("This needs \(wanted) open files. Raise the limit: ulimit -n \(wanted).")
        }
    }
}

extension Distribution {
    fileprivate var summary: String {
        "median \(median.rounded(toPlaces: 1))  p99 \(percentile(99).rounded(toPlaces: 1))"
            + "  max \(maximum.rounded(toPlaces: 1))"
    }
}
