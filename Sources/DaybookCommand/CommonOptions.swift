import ArgumentParser
import Logging
import PostgresClient

/// What every command takes.
struct CommonOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The database.", discussion: "A libpq URI or keyword/value string.", valueName: "url"))
    var databaseUrl: String?

    @Option(name: .customLong("events"), help: ArgumentHelp("The folder of the definitions.", valueName: "dir"))
    var eventsDirectory = "Events"

    @Option(name: .customLong("snapshots"), help: ArgumentHelp("The folder of the day files.", valueName: "dir"))
    var snapshotsDirectory = "Snapshots"

    @Option(help: "trace, debug, info, notice, warning, error or critical.", transform: LogOutput.level)
    var logLevel: Logger.Level = .info

    var database: PostgresConfiguration {
        PostgresConfiguration(databaseUrl ?? Environment.value(of: "DATABASE_URL") ?? "")
    }

    func logger(_ label: String = "daybook") -> Logger {
        LogOutput.start()
        var logger = Logger(label: label)
        logger.logLevel = logLevel
        return logger
    }
}
