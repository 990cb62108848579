import ArgumentParser

/// What Daybook costs the writers, how soon it shows what they wrote, and how much memory it takes for it.
@main
struct DaybookBenchmarks: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measures Daybook on a private Postgres with production's settings.",
        discussion:
            "Exits with 1 when a required bound was missed. Trust ratios, not rates, on a machine that others use.",
        subcommands: [
            Writers.self, Latency.self, Memory.self, Repair.self, Restart.self, Stream.self, All.self,
            EngineProcess.self,
        ]
    )
}

struct Writers: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "16 clients inserting single rows: bare, captured, notifying.")

    @Option(help: "Rounds; each runs every configuration once.")
    var rounds = 5
    @Option(help: "Seconds of each run.")
    var seconds = 4

    func run() async throws {
        try Bound.report(await WritersBenchmark(rounds: rounds, seconds: seconds).run())
    }
}

struct Latency: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "From a commit to memory and to the rollup table.")

    @Option(help: "Commits whose way is timed, idle and under load each.")
    var samples = 100

    func run() async throws {
        try Bound.report(await LatencyBenchmark(samples: samples).run())
    }
}

struct Memory: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "The daemon's peak memory through a million rows and events.")

    @Option(help: "Source rows of each case.")
    var rows = 1_000_000

    func run() async throws {
        try Bound.report(await MemoryBenchmark(rows: rows).run())
    }
}

struct Repair: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Repairing a few keys against recomputing their day; a back-fill against the bare statement.")

    @Option(help: "Source rows of the day, and of the month.")
    var rows = 200_000
    @Option(help: "Rounds; each runs everything once.")
    var rounds = 3

    func run() async throws {
        try Bound.report(await RepairBenchmark(rows: rows, rounds: rounds).run())
    }
}

struct Stream: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "From a commit to the event at a subscriber, idle and under load; a thousand subscribers.")

    @Option(help: "Commits that are timed while the daemon is idle.")
    var samples = 100
    @Option(help: "Seconds of load.")
    var seconds = 10

    func run() async throws {
        try Bound.report(await StreamBenchmark(samples: samples, seconds: seconds).run())
    }
}

struct Restart: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "From the daemon's start until it serves, out of day files and out of Postgres.")

    @Option(help: "Keys in open days.")
    var keys = 200_000
    @Option(help: "Starts of each kind.")
    var rounds = 5

    func run() async throws {
        try Bound.report(await RestartBenchmark(keys: keys, rounds: rounds).run())
    }
}

struct All: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Everything, with the defaults.")

    func run() async throws {
        var bounds = try await WritersBenchmark(rounds: 5, seconds: 4).run()
        bounds += try await LatencyBenchmark(samples: 100).run()
        bounds += try await MemoryBenchmark(rows: 1_000_000).run()
        bounds += try await RepairBenchmark(rows: 200_000, rounds: 3).run()
        bounds += try await StreamBenchmark(samples: 100, seconds: 10).run()
        bounds += try await RestartBenchmark(keys: 200_000, rounds: 5).run()
        try Bound.report(bounds)
    }
}
