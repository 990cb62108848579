import ArgumentParser
import PostgresClient

/// `--days N` or `--start … --end …`, as verify takes them.
struct DayRangeOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The last N days, today included.", valueName: "n"))
    var days: Int?

    @Option(help: ArgumentHelp("The first day.", valueName: "YYYY-MM-DD"))
    var start: String?

    @Option(help: ArgumentHelp("The last day.", valueName: "YYYY-MM-DD"))
    var end: String?

    func validate() throws {
        if days != nil, start != nil || end != nil {
            throw ValidationError("--days goes without --start and --end.")
        }
        if let days, !(1...36_500).contains(days) { throw ValidationError("--days takes a number from 1 to 36500.") }
        if (start == nil) != (end == nil) { throw ValidationError("--start and --end go together.") }
        guard let start, let end else { return }
        if try Self.day(start, "--start") > Self.day(end, "--end") {
            throw ValidationError("--start \(start) is after --end \(end).")
        }
    }

    /// Nil where no range was asked for.
    /// - Parameter today: the server's day.
    func range(today: PostgresDate) throws -> ClosedRange<PostgresDate>? {
        if let days { return today.advanced(by: 1 - days)...today }
        guard let start, let end else { return nil }
        return try Self.day(start, "--start")...Self.day(end, "--end")
    }

    /// - Throws: `ValidationError` for what is no day.
    static func day(_ text: String) throws -> PostgresDate {
        guard let day = PostgresDate(text), day.isFinite else {
            throw ValidationError("\(text) is no day of the calendar; write it as 2025-12-31.")
        }
        return day
    }

    private static func day(_ text: String, _ option: String) throws -> PostgresDate {
        do {
            return try day(text)
        } catch let error as ValidationError {
            throw ValidationError("\(option) \(error.message)")
        }
    }
}
