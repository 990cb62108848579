import ArgumentParser
import Daybook
import PostgresClient

struct Install: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Create or upgrade the event log, the triggers and the rollup tables.",
        discussion: "Installing twice changes nothing. The application's tables get triggers and nothing else."
    )

    @OptionGroup var options: CommonOptions

    @Flag(help: "Print the SQL instead of running it.")
    var dryRun = false

    @Flag(help: "Keep new rollups in tables beside those that cron jobs keep, until `daybook adopt`.")
    var shadow = false

    func run() async throws {
        try await CommandFailure.reporting {
            let definitions = try DefinitionLoader.load(directory: options.eventsDirectory)
            try await PostgresConnection.withConnection(options.database) { connection in
                try await connection.requirePrimary()
                let rollups = try await DefinitionCatalog.resolve(
                    definitions, on: connection, place: shadow ? .shadow : .asInstalled)
                let shadows = rollups.filter { $0.shadowTable != nil }
                if shadow, shadows.isEmpty { throw ShadowError.onOwnTables(rollups.map(\.name)) }
                let installer = Installer(on: connection)
                if dryRun {
                    let statements = try await installer.plan(rollups)
                    print(statements.isEmpty ? "-- Nothing to change." : statements.joined(separator: ";\n\n") + ";")
                    return
                }
                let outcome = try await installer.install(rollups)
                if outcome.statements == 0 { return print("Nothing to change.") }
                print("Installed.")
                for name in outcome.rebuilt { print("The daemon will build \(name) from its sources.") }
                for rollup in shadows {
                    print("\(rollup.name) is kept in \(rollup.shadowTable ?? ""); \(rollup.name) is not touched.")
                }
            }
        }
    }
}
