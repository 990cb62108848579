import ArgumentParser
import Daybook
import DaybookAlerts
import DaybookServer
import Logging
import PostgresClient
import ServiceLifecycle

struct Run: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run the daemon.",
        discussion:
            "A second daemon on the same database waits as standby. SIGTERM and SIGINT stop it with everything flushed."
    )

    @OptionGroup var options: CommonOptions

    @Option(help: ArgumentHelp("Where to serve HTTP.", valueName: "host:port"))
    var listen = ListenAddress(host: "127.0.0.1", port: 8080)

    @Option(help: ArgumentHelp("How long a changed row may stay out of its table.", valueName: "duration"))
    var flushEvery = DurationArgument(.seconds(1))

    @Option(help: ArgumentHelp("When a day is closed, by the rollup's clock on the next day.", valueName: "hh:mm"))
    var sealAt = TimeOfDayArgument(hour: 2, minute: 0)

    @OptionGroup(title: "Access") var tokens: TokenOptions

    func run() async throws {
        try await CommandFailure.reporting {
            let logger = options.logger()
            // A folder that cannot be read is told before anything starts.
            _ = try DefinitionLoader.load(directory: options.eventsDirectory)
            _ = try JobFile(directory: options.eventsDirectory).load()
            let observatory = EngineObservatory()
            let settings = EngineSettings(
                database: options.database, eventsDirectory: options.eventsDirectory,
                snapshotsDirectory: options.snapshotsDirectory, flushEvery: flushEvery.duration, sealAt: sealAt.duration
            )
            let live = LiveRows()
            let engine = Engine(settings, observatory: observatory, logger: logger) { live.receive($0) }
            let alerts = AlertService(settings, observatory: observatory, logger: logger) { Environment.value(of: $0) }
            try alerts.check()
            let server = try DaybookServer(
                host: listen.host, port: listen.port, settings: settings, live: live, observatory: observatory,
                tokens: tokens.options.settings(), access: tokens.access(), logger: logger
            )
            try await Daemon(engine: engine, server: server, alerts: alerts, logger: logger).run()
        }
    }
}
