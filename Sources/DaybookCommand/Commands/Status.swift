import ArgumentParser
import Daybook
import PostgresClient

struct Status: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract:
            "Tell how the installation is: who leads, how far behind the feed is, what is not built, which gaps there were."
    )

    @OptionGroup var options: CommonOptions

    @Flag(help: "Print JSON.")
    var json = false

    func run() async throws {
        try await CommandFailure.reporting {
            let report = try await PostgresConnection.withConnection(options.database) { connection in
                try await connection.requirePrimary()
                return StatusReport(try await InstallationStatus.read(on: connection))
            }
            print(json ? try JSONOutput.text(report) : report.text)
        }
    }
}
