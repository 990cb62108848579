import Daybook
import PostgresClient

/// A changed row, ready to be sent.
struct StreamRow: Sendable, Hashable {
    let place: StreamIntake.Place
    /// The row as a JSON object without its day; of a row that is gone, its key.
    let json: String
    let isRemoved: Bool
    let asOf: PostgresTimestamp
    /// The row is in its table from this flush on.
    let flush: Int64
}

/// What a subscriber has of the scope is void.
struct StreamReset: Sendable, Hashable {
    enum Reason: String, Sendable {
        case tooOld = "too old"
        case tooSlow = "too slow"
        case restarted
        case rebuilt
        /// The tables have moved, and this daemon stands by: it does not know which rows.
        case standby
    }

    let reason: Reason
    /// Nil for everything.
    var scope: Scope?

    struct Scope: Sendable, Hashable {
        let rollup: String
        let days: ClosedRange<PostgresDate>

        func contains(_ place: StreamIntake.Place) -> Bool {
            place.rollup == rollup && days.contains(place.day)
        }
    }
}

enum StreamEvent: Sendable {
    case row(StreamRow)
    case reset(StreamReset)
}

/// Which changes a subscriber wants, and may see.
struct StreamFilter: Sendable {
    /// By name.
    var rollups: [String: Part]
    /// Nil for all days.
    var days: ClosedRange<PostgresDate>?

    struct Part: Sendable {
        let rollup: Rollup
        let filters: [DimensionFilter]
    }

    func accepts(_ place: StreamIntake.Place) -> Bool {
        guard let part = rollups[place.rollup], days?.contains(place.day) ?? true else { return false }
        return part.filters.allSatisfy { $0.accepts(place.key, of: part.rollup) }
    }

    func accepts(_ reset: StreamReset) -> Bool {
        guard let scope = reset.scope else { return true }
        return rollups[scope.rollup] != nil && (days?.overlaps(scope.days) ?? true)
    }
}
