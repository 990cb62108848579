import PostgresClient

/// The days that a request asks for, as far as it says so.
struct DayRange: Sendable, Hashable {
    var from: PostgresDate?
    var to: PostgresDate?

    /// Days of a range that has no beginning.
    static let defaultLength = 7
    /// The most days that are drawn or listed at once; files have no such limit.
    static let longest = 3_660

    /// - Throws: 400 for what is no day, and for an end before the beginning.
    init(_ parameters: inout QueryParameters) throws(APIError) {
        from = try Self.day("from", &parameters)
        to = try Self.day("to", &parameters)
        guard let from, let to else { return }
        guard from <= to else {
            throw .bad("invalid_range", "to is before from. Swap them: both days are included.", parameter: "to")
        }
    }

    /// The days themselves, given the server's day in the rollup's zone.
    /// - Throws: 400 for more days than ``longest``, where that is a limit.
    func resolved(today: PostgresDate, isLimited: Bool = true) throws(APIError) -> ClosedRange<PostgresDate> {
        let last = to ?? max(today, from ?? today)
        let first = from ?? last.advanced(by: 1 - Self.defaultLength)
        guard !isLimited || first.distance(to: last) < Self.longest else {
            throw .bad(
                "range_too_long", "The range has more than \(Self.longest) days. Ask for less, or for format=csv.",
                parameter: "from")
        }
        return first...last
    }

    private static func day(_ name: String, _ parameters: inout QueryParameters) throws(APIError) -> PostgresDate? {
        guard let text = parameters.take(name) else { return nil }
        guard text.utf8.count == 10, let day = PostgresDate(text), day.isFinite else {
            throw .bad("invalid_day", "\(name) has to be a day of the calendar, written YYYY-MM-DD.", parameter: name)
        }
        return day
    }
}

extension ClosedRange<PostgresDate> {
    var dayCount: Int { lowerBound.distance(to: upperBound) + 1 }
}
