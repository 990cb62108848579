package import PostgresClient

/// Which days are to be closed, or closed again, and when. A pure value.
package struct SealSchedule: Sendable {
    /// A day that late events have changed is sealed again when it has been quiet for this long, in microseconds…
    package static let quiet: Int64 = 600_000_000
    /// …or after this long at most.
    package static let longest: Int64 = 3_600_000_000
    /// Days of one turn.
    package static let daysAtOnce = 7

    /// Days that have been sealed, and those of them that have changed since.
    package private(set) var sealed: Set<PostgresDate> = []
    private var amending: [PostgresDate: Amendment] = [:]
    /// Days that have rows and are not sealed.
    private var open: Set<PostgresDate> = []
    /// Days whose seal failed, until the schedule is asked to try again.
    private var postponed: Set<PostgresDate> = []

    private struct Amendment: Sendable {
        var first: PostgresTimestamp
        var last: PostgresTimestamp
    }

    package init() {}

    /// A day has rows, as far as is known.
    package mutating func noteRows(in day: PostgresDate) {
        if !sealed.contains(day) { open.insert(day) }
    }

    package mutating func noteSeal(of day: PostgresDate) {
        sealed.insert(day)
        open.remove(day)
        amending[day] = nil
    }

    /// A sealed day has changed.
    package mutating func noteAmendment(of day: PostgresDate, first: PostgresTimestamp, last: PostgresTimestamp) {
        amending[day] = Amendment(first: min(amending[day]?.first ?? first, first), last: last)
    }

    package mutating func postpone(_ days: some Sequence<PostgresDate>) {
        postponed.formUnion(days)
    }

    package mutating func tryPostponedAgain() {
        postponed = []
    }

    /// Days to be sealed now, oldest first: those that have ended (`lastEnded` and before), and those that were amended and
    /// have come to rest.
    package func due(now: PostgresTimestamp, lastEnded: PostgresDate) -> [PostgresDate] {
        let ended = open.filter { $0 <= lastEnded }
        let resting = amending.filter { _, amendment in
            now.microsecondsSince2000 - amendment.last.microsecondsSince2000 >= Self.quiet
                || now.microsecondsSince2000 - amendment.first.microsecondsSince2000 >= Self.longest
        }
        return Array(ended.union(resting.keys).subtracting(postponed).sorted().prefix(Self.daysAtOnce))
    }
}
