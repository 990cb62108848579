import ArgumentParser
import Daybook
import PostgresClient

struct Uninstall: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Remove the event log, the triggers and all that Daybook keeps; the rollup tables stay.",
        discussion: "Shadow tables go; what adopted tables held before stays in the schema daybook_shadow."
    )

    @OptionGroup var options: CommonOptions

    func run() async throws {
        try await CommandFailure.reporting {
            try await PostgresConnection.withConnection(options.database) { connection in
                try await connection.requirePrimary()
                print(try await Installer(on: connection).uninstall() ? "Removed." : "Nothing was installed.")
            }
        }
    }
}
