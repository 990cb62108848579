import ArgumentParser
import Daybook
import DaybookServer
import Logging
import PostgresClient
import PrivatePostgres
import ServiceLifecycle
import UnixSignals

struct Demo: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Watch it work: a private Postgres, a sample application writing to it, and the daemon on top.",
        discussion: """
            Prints one line a second until Ctrl-C or --duration, then compares the rollup tables with their sources.
            Needs the Postgres server binaries; leaves nothing behind. Run it where the Events folder is.
            """
    )

    @Option(help: "The port of the page, on 127.0.0.1.")
    var port = 8080

    @Option(help: ArgumentHelp("Transactions a second of the sample application.", valueName: "n"))
    var rate = 200.0

    @Option(help: ArgumentHelp("Seconds until it ends by itself.", valueName: "seconds"))
    var duration: Double?

    @Option(name: .customLong("events"), help: ArgumentHelp("The folder of the definitions.", valueName: "dir"))
    var eventsDirectory = "Events"

    @Option(help: "trace, debug, info, notice, warning, error or critical.", transform: LogOutput.level)
    var logLevel: Logger.Level = .warning

    func validate() throws {
        guard rate > 0, rate <= 100_000 else { throw ValidationError("--rate takes a number above 0, up to 100000.") }
        guard (0...65535).contains(port) else { throw ValidationError("--port takes a number from 0 to 65535.") }
        if let duration, !(duration > 0 && duration <= 1_000_000) {
            throw ValidationError("--duration takes a number of seconds above 0.")
        }
    }

    static let historyDays = 14
    static let historyPosts = 20_000

    func run() async throws {
        try await CommandFailure.reporting {
            let definitions = try DefinitionLoader.load(directory: eventsDirectory)
            print("Starting a private Postgres…")
            let findings = try await PrivatePostgres.withCluster { cluster in
                let database = PostgresConfiguration(cluster.connectionString)
                try await prepare(database, definitions)
                print(
                    """
                    Postgres:  psql '\(cluster.connectionString)'
                    Page:      http://127.0.0.1:\(port)/
                    Tables:    \(definitions.rollups.map(\.table.description).joined(separator: ", "))
                    \(duration == nil ? "Ctrl-C ends it with an audit." : "It ends by itself with an audit.")

                    """
                )
                try await work(on: database)
                return try await PostgresConnection.withConnection(database) { connection in
                    try await Auditor(on: connection).audit(definitions)
                }
            }
            let report = AuditReport(findings)
            print("\nThe audit: every row of the rollup tables against a recomputation from the sources.\n")
            print(report.text)
            if !report.equal { throw ExitCode(1) }
        }
    }

    private func prepare(_ database: PostgresConfiguration, _ definitions: LoadedDefinitions) async throws {
        try await PostgresConnection.withConnection(database) { connection in
            print("Filling \(Self.historyDays) days of history, \(Self.historyPosts.grouped) posts…")
            try await connection.execute(SampleApplication.schema)
            for statement in SampleWorkload.history(days: Self.historyDays, posts: Self.historyPosts, seed: 1) {
                try await connection.query(statement.sql, statement.parameters)
            }
            try await connection.execute("ANALYZE")
            let rollups = try await DefinitionCatalog.resolve(definitions, on: connection)
            _ = try await Installer(on: connection).install(rollups)
        }
    }

    /// The application, the daemon and the display, until the end. Services stop in reverse order: first the writers,
    /// last the engine with everything flushed.
    private func work(on database: PostgresConfiguration) async throws {
        LogOutput.start()
        var logger = Logger(label: "daybook")
        logger.logLevel = logLevel
        let observatory = EngineObservatory()
        let meter = FreshnessMeter()
        let counts = SampleWriters.Counts()
        let settings = EngineSettings(database: database, eventsDirectory: eventsDirectory)
        let live = LiveRows()
        let engine = Engine(settings, observatory: observatory, logger: logger) { announcement in
            live.receive(announcement)
            if case .changed(let publications, _) = announcement, let last = publications.last {
                meter.published(last.snapshot)
            }
        }
        let server = try DaybookServer(
            host: "127.0.0.1", port: port, settings: settings, live: live, observatory: observatory, logger: logger
        )
        let writers = SampleWriters(
            database: database, rate: rate, historyPosts: Self.historyPosts, meter: meter, counts: counts
        )
        let ticker = DemoTicker(
            observatory: observatory, counts: counts, meter: meter, duration: duration.map { .seconds($0) }
        )
        logger.logLevel = .error
        var configuration = ServiceGroupConfiguration(
            services: [
                .init(service: server), .init(service: engine), .init(service: writers),
                .init(service: ticker, successTerminationBehavior: .gracefullyShutdownGroup),
            ],
            gracefulShutdownSignals: [.sigterm, .sigint],
            logger: logger
        )
        configuration.maximumGracefulShutdownDuration = Daemon.drainDeadline
        try await ServiceGroup(configuration: configuration).run()
    }
}
