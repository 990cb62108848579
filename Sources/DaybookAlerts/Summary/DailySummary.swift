import Daybook
package import PostgresClient

/// What a closed day came to: totals of each rollup, how they changed, the largest rows, and what was repaired.
package struct DailySummary: Sendable, Hashable {
    package struct Total: Sendable, Hashable {
        package var measure: String
        package var value: Int128
        /// Of the day before, and of the same day of the week before; nil where that day has no seal.
        package var dayBefore: Int128?
        package var weekBefore: Int128?

        package init(measure: String, value: Int128, dayBefore: Int128?, weekBefore: Int128?) {
            self.measure = measure
            self.value = value
            self.dayBefore = dayBefore
            self.weekBefore = weekBefore
        }
    }

    package struct Section: Sendable, Hashable {
        package var title: String
        package var isVerified: Bool
        package var totals: [Total]
        /// The measure that `top` is ordered by, the first that is summed.
        package var topMeasure: String?
        package var top: [(key: String, value: String)]

        package init(
            title: String, isVerified: Bool, totals: [Total], topMeasure: String?, top: [(key: String, value: String)]
        ) {
            self.title = title
            self.isVerified = isVerified
            self.totals = totals
            self.topMeasure = topMeasure
            self.top = top
        }

        package static func == (left: Self, right: Self) -> Bool {
            left.title == right.title && left.totals == right.totals && left.isVerified == right.isVerified
                && left.topMeasure == right.topMeasure && left.top.elementsEqual(right.top, by: ==)
        }

        package func hash(into hasher: inout Hasher) {
            hasher.combine(title)
            hasher.combine(totals)
        }
    }

    package var day: PostgresDate
    package var at: PostgresTimestamp
    package var sections: [Section]
    /// Gaps repaired and rows of closed days amended in the day before the summary, as sentences.
    package var notes: [String]

    package init(day: PostgresDate, at: PostgresTimestamp, sections: [Section], notes: [String]) {
        self.day = day
        self.at = at
        self.sections = sections
        self.notes = notes
    }

    /// Nil where no rollup has closed the day.
    package var message: AlertMessage? {
        sections.isEmpty
            ? nil : AlertMessage(summary: "Daybook: \(day)", .init(text: text, html: html), at: at)
    }
}
