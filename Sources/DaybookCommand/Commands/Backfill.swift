import ArgumentParser
import Daybook
import Logging
import PostgresClient

struct Backfill: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Compute days anew from their sources.",
        discussion: """
            Inside Postgres, while the feed is live: nothing is counted twice and nothing is locked. Safe to repeat. A
            running daemon does the work; without one this command does it.
            """
    )

    @OptionGroup var options: CommonOptions
    @OptionGroup var range: DayRangeOptions

    func run() async throws {
        try await CommandFailure.reporting {
            let settings = options.engineSettings
            let today = try await ServerDay.today(options.database)
            guard let days = try range.range(today: today) else {
                throw ValidationError("Say which days: --days N, or --start YYYY-MM-DD --end YYYY-MM-DD.")
            }
            guard days.upperBound <= today else {
                throw ValidationError("--end \(days.upperBound) is in the future; the server's day is \(today).")
            }
            var display = BackfillDisplay()
            let runner = RequestRunner(settings, logger: options.logger(quiet: true))
            let outcome = try await runner.perform(.backfill, in: days) { display.show($0) }
            display.finish()
            print("\((outcome.daysTotal ?? 0).grouped) days computed anew, \(outcome.rows.grouped) rows.")
        }
    }
}

/// The server's calendar, by which days are meant.
enum ServerDay {
    static func today(_ database: PostgresConfiguration) async throws -> PostgresDate {
        try await PostgresConnection.withConnection(database) { connection in
            try await connection.requirePrimary()
            return try await connection.query("SELECT (clock_timestamp() AT TIME ZONE 'UTC')::date")[0]
                .decode(PostgresDate.self)
        }
    }
}
