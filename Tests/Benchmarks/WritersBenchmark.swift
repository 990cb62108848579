import Daybook
import PostgresClient
import PrivatePostgres

/// What capture costs writers, against no trigger at all and against one that notifies in every transaction.
///
/// The configurations take turns within each round, so that what else the machine does strikes them alike. In the
/// notifying one somebody listens, as its notifications are for somebody, but reads no event and keeps no rollup, which
/// leaves it the CPU time that Daybook's daemon takes: its ratio is a lower bound.
struct WritersBenchmark {
    let rounds: Int
    let seconds: Int

    private struct Configuration {
        let name: String
        let database: BenchmarkDatabase
        var rates: [Double] = []
    }

    func run() async throws -> [Bound] {
        try await BenchmarkDatabase.withServer { server in
            let captured = try await database("captured", isCaptured: true, on: server)
            let bare = Configuration(name: "bare", database: try await database("bare", isCaptured: false, on: server))
            let notifying = Configuration(
                name: "notifying", database: try await database("notifying", isCaptured: true, on: server)
            )
            try await notifying.database.withConnection { try await NotifyingCapture.replaceBell(on: $0) }
            let bench = try PgBench(scriptIn: server.directory)
            return try await RunningEngine.with(captured) { _ in
                let configurations = [bare, Configuration(name: "captured", database: captured), notifying]
                return try await notifying.database.withListener(on: FeedSchema.bellChannel) {
                    bounds(try await measure(configurations, with: bench))
                }
            }
        }
    }

    private func database(_ name: String, isCaptured: Bool, on server: PrivatePostgres) async throws
        -> BenchmarkDatabase
    {
        let database = try await BenchmarkDatabase.create(name, on: server)
        if isCaptured { try await database.install() }
        return database
    }

    private func measure(_ unmeasured: [Configuration], with bench: PgBench) async throws -> [Configuration] {
        var configurations = unmeasured
        print("writers: \(PgBench.clients) clients, single-row inserts, transactions a second")
        print("round" + configurations.map { $0.name.right(11) }.joined() + "   captured/bare  captured/notifying")
        for configuration in configurations { _ = try await bench.run(on: configuration.database, seconds: 1) }
        for round in 0..<rounds {
            for turn in configurations.indices {
                // Another one begins each round.
                let index = (round + turn) % configurations.count
                configurations[index].rates.append(
                    try await bench.run(on: configurations[index].database, seconds: seconds))
            }
            let rates = configurations.map { $0.rates[round] }
            print(
                "\(round + 1)".right(5) + rates.map { $0.rounded(toPlaces: 0).right(11) }.joined()
                    + (rates[1] / rates[0]).rounded(toPlaces: 3).right(16)
                    + (rates[1] / rates[2]).rounded(toPlaces: 2).right(20)
            )
        }
        return configurations
    }

    private func bounds(_ configurations: [Configuration]) -> [Bound] {
        let (bare, captured, notifying) = (configurations[0].rates, configurations[1].rates, configurations[2].rates)
        let toBare = Distribution(zip(captured, bare).map { $0.0 / $0.1 })
        let toNotifying = Distribution(zip(captured, notifying).map { $0.0 / $0.1 })
        for (name, ratio) in [("captured/bare", toBare), ("captured/notifying", toNotifying)] {
            print(
                name.left(19) + "min \(ratio.minimum.rounded(toPlaces: 3))  median \(ratio.median.rounded(toPlaces: 3))"
                    + "  max \(ratio.maximum.rounded(toPlaces: 3))"
            )
        }
        return [
            Bound(
                name: "writers, captured/bare (medians of \(rounds) rounds)",
                value: Distribution(captured).median / Distribution(bare).median, requirement: .atLeast(0.7)
            ),
            Bound(
                name: "writers, captured/notifying (medians of \(rounds) rounds)",
                value: Distribution(captured).median / Distribution(notifying).median, requirement: .atLeast(3)
            ),
        ]
    }
}
