import ArgumentParser
import Daybook
import PostgresClient

struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Look for every hole through which this database could bypass capture, before install and after.",
        discussion: """
            Changes nothing. Each finding has a severity (error, warning, info), what was seen, and what to do. Exit codes: \
            0 nothing above info, 1 something of severity error or warning, 2 could not look.
            """
    )

    @OptionGroup var options: CommonOptions

    @Flag(help: "Print JSON.")
    var json = false

    func run() async throws {
        try await CommandFailure.reporting {
            let definitions = try DefinitionLoader.load(directory: options.eventsDirectory)
            let report = try await PostgresConnection.withConnection(options.database) { connection in
                DoctorReport(try await Doctor.examine(definitions, on: connection))
            }
            print(json ? try JSONOutput.text(report) : report.text)
            if !report.healthy { throw ExitCode(1) }
        }
    }
}
