package import PostgresClient

/// Which days of a rollup are held in memory whole: the server's today in the rollup's zone, and those just ended.
package struct DayWindow: Sendable, Hashable {
    /// Days before today that are kept, until seals decide when a day is over.
    package static let daysBehind = 1

    package let today: PostgresDate

    package init(today: PostgresDate) {
        self.today = today
    }

    /// Oldest first.
    package var days: [PostgresDate] {
        (0...Self.daysBehind).map { today.advanced(by: -(Self.daysBehind - $0)) }
    }
}
