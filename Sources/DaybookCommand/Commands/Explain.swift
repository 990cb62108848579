import ArgumentParser
import Daybook
import PostgresClient

struct Explain: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Tell what a number is made of: its source rows, its events, and what happened to its day.",
        discussion: "Example: daybook explain analytics_ai_usage_daily 2026-11-20 user_id=42"
    )

    @OptionGroup var options: CommonOptions

    @Argument(help: "The rollup.")
    var rollup: String

    @Argument(help: "The day, YYYY-MM-DD.", transform: DayRangeOptions.day)
    var day: PostgresDate

    @Argument(
        help: ArgumentHelp("A value for each dimension; DIMENSION alone stands for null.", valueName: "dimension=value")
    )
    var key: [String] = []

    @Flag(help: "Print JSON.")
    var json = false

    func run() async throws {
        try await CommandFailure.reporting {
            var values: [String: String?] = [:]
            for part in key {
                let pair = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
                values.updateValue(pair.count > 1 ? pair[1] : nil, forKey: pair[0])
            }
            let definitions = try DefinitionLoader.load(directory: options.eventsDirectory)
            let explanation = try await PostgresConnection.withConnection(options.database) { connection in
                try await connection.requirePrimary()
                return try await Explainer(on: connection).explain(
                    rollup, day: day, key: values, definitions: definitions)
            }
            let report = ExplanationReport(explanation)
            print(json ? try report.json : report.text)
            if explanation.isEqual == false { throw ExitCode(1) }
        }
    }
}
