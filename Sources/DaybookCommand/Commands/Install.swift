import ArgumentParser
import Daybook
import PostgresClient

struct Install: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Create or upgrade the event log, the triggers and the rollup tables.",
        discussion: """
            Installing twice changes nothing. The application's tables get triggers and nothing else. Where a definition has \
            changed, says first which days will be computed again and which cannot be.
            """
    )

    @OptionGroup var options: CommonOptions

    @Flag(help: "Print the SQL instead of running it.")
    var dryRun = false

    @Flag(help: "Keep new rollups in tables beside those that cron jobs keep, until `daybook adopt`.")
    var shadow = false

    @Option(
        help: ArgumentHelp(
            "A column that goes on under another name. May be repeated.", valueName: "rollup.old=new"),
        transform: { text in
            guard let rename = DefinitionPermissions.Rename(text) else {
                throw ValidationError("'\(text)' is not ROLLUP.OLD=NEW.")
            }
            return rename
        })
    var rename: [DefinitionPermissions.Rename] = []

    @Option(
        help: ArgumentHelp(
            "A column or event that the definition no longer has. The column stays in the table. May be repeated.",
            valueName: "rollup.name"))
    var remove: [String] = []

    func run() async throws {
        try await CommandFailure.reporting {
            let definitions = try DefinitionLoader.load(directory: options.eventsDirectory)
            try await PostgresConnection.withConnection(options.database) { connection in
                try await connection.requirePrimary()
                let permissions = DefinitionPermissions(renames: rename, removals: remove)
                let rollups = try await DefinitionCatalog.resolve(
                    definitions, on: connection, place: shadow ? .shadow : .asInstalled, changing: permissions)
                let shadows = rollups.filter { $0.shadowTable != nil }
                if shadow, shadows.isEmpty { throw ShadowError.onOwnTables(rollups.map(\.name)) }
                let installer = Installer(on: connection)
                let changes = try await installer.changes(rollups, permissions: permissions)
                if dryRun {
                    for line in changes.flatMap({ $0.text.split(separator: "\n") }) { print("-- \(line)") }
                    let statements = try await installer.plan(rollups, changes: changes)
                    print(statements.isEmpty ? "-- Nothing to change." : statements.joined(separator: ";\n\n") + ";")
                    return
                }
                for change in changes { print(change.text) }
                let outcome = try await installer.install(rollups, changes: changes)
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
