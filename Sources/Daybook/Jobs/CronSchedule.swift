package import PostgresClient

/// When a job runs: the five fields of `cron(5)`, in UTC, to the minute.
///
/// As in Vixie's cron, a day has to satisfy either field of days when both are restricted, and both of them when one
/// begins with a star. Every schedule has times: one without (31 February) cannot be made.
package struct CronSchedule: Sendable, Hashable {
    /// As it was written.
    package let text: String
    private let minute: CronField
    private let hour: CronField
    private let dayOfMonth: CronField
    private let month: CronField
    private let dayOfWeek: CronField

    /// Why a text is no schedule, and what to write.
    package struct ParsingError: Error {
        package let message: String
        package let remedy: String

        init(_ message: String, _ remedy: String) {
            self.message = message
            self.remedy = remedy
        }
    }

    static let macros = [
        "@hourly": "0 * * * *", "@daily": "0 0 * * *", "@midnight": "0 0 * * *", "@weekly": "0 0 * * 0",
        "@monthly": "0 0 1 * *", "@yearly": "0 0 1 1 *", "@annually": "0 0 1 1 *",
    ]

    /// Reads five fields separated by blanks, or a macro such as `@hourly`.
    package init(_ text: String) throws(ParsingError) {
        let trimmed = text.trimmingBlanks()
        var fields = trimmed.split(whereSeparator: \.isWhitespace)
        if trimmed.hasPrefix("@") {
            guard let meant = Self.macros[trimmed.lowercased()] else {
                throw ParsingError(
                    "\"\(trimmed)\" is not a known macro", "The macros are \(Self.macros.keys.sorted().commaSeparated)."
                )
            }
            fields = meant.split(separator: " ")
        }
        guard fields.count == 5 else {
            throw ParsingError(
                "a schedule has five fields, not \(fields.count)",
                "Write minute, hour, day of month, month and day of week: \"*/5 * * * *\".")
        }
        self.text = fields.joined(separator: " ")
        minute = try CronField(fields[0], .minute)
        hour = try CronField(fields[1], .hour)
        dayOfMonth = try CronField(fields[2], .dayOfMonth)
        month = try CronField(fields[3], .month)
        dayOfWeek = try CronField(fields[4], .dayOfWeek)
        guard firstDay(from: PostgresDate(daysSince2000: 0), searching: Self.cycle) != nil else {
            throw ParsingError(
                "\"\(trimmed)\" names no day that ever comes",
                "Name a day that one of the months has.")
        }
    }

    /// The first time after the one given; nil beyond the end of Postgres' calendar.
    package func next(after time: PostgresTimestamp) -> PostgresTimestamp? {
        guard time.isFinite else { return nil }
        let start = time.minutesSince2000 + 1
        let (today, now) = start.flooredDivision(by: Self.minutesOfDay)
        if allows(PostgresDate(daysSince2000: Int32(today))), let found = minutes.first(where: { $0 >= now }) {
            return .minutes(today * Self.minutesOfDay + found)
        }
        guard let day = firstDay(from: PostgresDate(daysSince2000: Int32(today) + 1), searching: Self.cycle) else {
            return nil
        }
        return minutes.first.map { .minutes(Int64(day.daysSince2000) * Self.minutesOfDay + $0) }
    }

    /// The last time after the first of two and not after the second; nil when there is none.
    package func last(after start: PostgresTimestamp, through end: PostgresTimestamp) -> PostgresTimestamp? {
        guard start.isFinite, end.isFinite, let first = next(after: start), first <= end else { return nil }
        let (today, now) = end.minutesSince2000.flooredDivision(by: Self.minutesOfDay)
        if allows(PostgresDate(daysSince2000: Int32(today))), let found = minutes.last(where: { $0 <= now }) {
            return .minutes(today * Self.minutesOfDay + found)
        }
        // There is one: the first of them at the latest.
        var day = PostgresDate(daysSince2000: Int32(today) - 1)
        while day > first.date, !allows(day) { day = day.advanced(by: -1) }
        return minutes.last.map { .minutes(Int64(day.daysSince2000) * Self.minutesOfDay + $0) }
    }

    private static let minutesOfDay: Int64 = 1440
    /// Days after which the calendar repeats, days of the week included.
    private static let cycle = 146_097

    /// Minutes of the day, in order.
    private var minutes: some BidirectionalCollection<Int64> {
        (0..<24).filter(hour.allows).flatMap { hour in
            (0..<60).filter(minute.allows).map { Int64(hour * 60 + $0) }
        }
    }

    private func allows(_ day: PostgresDate) -> Bool {
        guard let date = day.components, month.allows(date.month) else { return false }
        let inMonth = dayOfMonth.allows(date.day)
        // 2000-01-01 was a Saturday.
        let inWeek = dayOfWeek.allows(Int((Int64(day.daysSince2000) + 6).flooredDivision(by: 7).remainder))
        return dayOfMonth.isStarred || dayOfWeek.isStarred ? inMonth && inWeek : inMonth || inWeek
    }

    private func firstDay(from start: PostgresDate, searching days: Int) -> PostgresDate? {
        (0..<days).lazy.map(start.advanced(by:)).first(where: allows)
    }
}

extension PostgresTimestamp {
    /// Whole minutes, rounded down.
    fileprivate var minutesSince2000: Int64 { microsecondsSince2000.flooredDivision(by: 60_000_000).quotient }

    fileprivate static func minutes(_ minutes: Int64) -> PostgresTimestamp {
        PostgresTimestamp(microsecondsSince2000: minutes * 60_000_000)
    }
}

extension Int64 {
    fileprivate func flooredDivision(by divisor: Int64) -> (quotient: Int64, remainder: Int64) {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }
}
