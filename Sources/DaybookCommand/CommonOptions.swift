import ArgumentParser
import Daybook
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

    /// For a command that does the daemon's work where none runs.
    var engineSettings: EngineSettings {
        EngineSettings(
            database: database, eventsDirectory: eventsDirectory, snapshotsDirectory: snapshotsDirectory
        )
    }

    /// - Parameter quiet: for commands that are not a daemon; only what goes wrong is logged unless more is asked for.
    func logger(quiet: Bool = false) -> Logger {
        LogOutput.start()
        var logger = Logger(label: "daybook")
        logger.logLevel = quiet && logLevel == .info ? .warning : logLevel
        return logger
    }
}
