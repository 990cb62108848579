import ArgumentParser
import Daybook
import PostgresClient

struct Adopt: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Let shadow tables take over the tables that cron jobs kept, and go back.",
        discussion: """
            One transaction, and only when every shadow is what its sources say. The tables keep their identity: views,
            grants and foreign keys stay. What they held is kept in the schema daybook_shadow, and --back restores it. A
            running daemon goes on with the other tables. Switch the cron jobs off first. Exit codes: 0 done, 2 could not.
            """
    )

    @OptionGroup var options: CommonOptions

    @Flag(help: "Give the tables back what they held, and keep the rollups in shadow tables again.")
    var back = false

    func run() async throws {
        try await CommandFailure.reporting {
            let definitions = try DefinitionLoader.load(directory: options.eventsDirectory)
            let outcomes = try await PostgresConnection.withConnection(options.database) { connection in
                try await connection.requirePrimary()
                let adoption = Adoption(on: connection)
                return back ? try await adoption.goBack(definitions) : try await adoption.adopt(definitions)
            }
            for outcome in outcomes {
                print(
                    back
                        ? "\(outcome.table) holds what it held before, \(outcome.rows.grouped) rows; the rollup is kept in \(outcome.other)."
                        : "\(outcome.table) is kept by Daybook now, \(outcome.rows.grouped) rows; what it held is in \(outcome.other)."
                )
            }
        }
    }
}
