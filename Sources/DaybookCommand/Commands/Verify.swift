import ArgumentParser
import Daybook
import PostgresClient

struct Verify: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Compare the rollup tables with their sources, at one snapshot.",
        discussion: """
            Works while writers write and whether or not a daemon runs: what is logged but not yet flushed is taken into
            account. Exit codes: 0 equal, 1 different, 2 could not check.
            """
    )

    @OptionGroup var options: CommonOptions
    @OptionGroup var range: DayRangeOptions

    @Flag(help: "Print JSON.")
    var json = false

    func run() async throws {
        try await CommandFailure.reporting {
            let definitions = try DefinitionLoader.load(directory: options.eventsDirectory)
            let report = try await PostgresConnection.withConnection(options.database) { connection in
                try await connection.requirePrimary()
                let today = try await connection.query("SELECT (clock_timestamp() AT TIME ZONE 'UTC')::date")[0]
                    .decode(PostgresDate.self)
                var bar = ProgressBar()
                let findings = try await Auditor(on: connection).audit(definitions, in: range.range(today: today)) {
                    bar.show($0, done: $1, of: $2)
                }
                bar.finish()
                return AuditReport(findings)
            }
            print(json ? try JSONOutput.text(report) : report.text)
            if !report.equal { throw ExitCode(1) }
            if report.isEmpty {
                CommandFailure.report(
                    "Nothing is built yet. Start the daemon with `daybook run`, and verify when it has built.")
                throw CommandFailure.exitCode
            }
        }
    }
}
