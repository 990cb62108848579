import ArgumentParser
import Daybook
import PostgresClient

struct Shadow: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Compare the tables that cron jobs keep, and the shadows of them, with the sources.",
        discussion: """
            For rollups installed with `daybook install --shadow`. Without a range it tells what the daemon has found each
            night, an hour after the seal, for the last 31 days. With one it compares now, at one snapshot. Exit codes: 0 all
            equal, 1 a table differs, 2 could not compare.
            """
    )

    @OptionGroup var options: CommonOptions
    @OptionGroup var range: DayRangeOptions

    @Option(
        name: .customLong("zone"),
        help: ArgumentHelp(
            "A time zone in which the jobs may cut days; may be given several times.", valueName: "zone"))
    var zones: [String] = []

    @Option(help: ArgumentHelp("When the daily job runs, UTC.", valueName: "hh:mm"))
    var cronAt = TimeOfDayArgument(hour: 2, minute: 0)

    @Flag(help: "Print JSON.")
    var json = false

    func validate() throws {
        guard zones.count < ShadowExaminer.zones else {
            throw ValidationError("Give at most \(ShadowExaminer.zones - 1) zones.")
        }
    }

    func run() async throws {
        try await CommandFailure.reporting {
            let definitions = try DefinitionLoader.load(directory: options.eventsDirectory)
            let report = try await PostgresConnection.withConnection(options.database) { connection in
                try await connection.requirePrimary()
                let today = try await connection.query("SELECT (clock_timestamp() AT TIME ZONE 'UTC')::date")[0]
                    .decode(PostgresDate.self)
                for zone in zones { try await Self.check(zone, on: connection) }
                let examiner = ShadowExaminer(on: connection)
                if let range = try range.range(today: today) {
                    return try await compare(range, definitions, examiner)
                }
                let recorded = try await examiner.recorded(definitions, since: today.advanced(by: -31))
                guard recorded.rollups.allSatisfy(\.days.isEmpty) else { return recorded }
                CommandFailure.report(
                    "No night has been compared yet; this is a comparison of the last 7 days, made now.")
                return try await compare(today.advanced(by: -6)...today, definitions, examiner)
            }
            let printed = ShadowReportOutput(report)
            print(json ? try JSONOutput.text(printed) : printed.text)
            if !printed.equal || !printed.oursEqual { throw ExitCode(1) }
        }
    }

    private func compare(
        _ range: ClosedRange<PostgresDate>, _ definitions: LoadedDefinitions, _ examiner: ShadowExaminer
    ) async throws -> ShadowReport {
        var bar = ProgressBar()
        let report = try await examiner.compare(definitions, in: range, zones: zones, dailyRun: cronAt.duration) {
            bar.show($0, done: $1, of: $2)
        }
        bar.finish()
        return report
    }

    private static func check(_ zone: String, on connection: PostgresConnection) async throws {
        let known = try await connection.query("SELECT FROM pg_timezone_names WHERE name = $1::text", [zone])
        guard !known.isEmpty else {
            throw ValidationError("\(zone) is no time zone that Postgres knows (see pg_timezone_names).")
        }
    }
}
