import Daybook
import PostgresClient

/// What an engine has announced since the stream last looked, in order, the rows of one key only once: a pure value.
struct StreamIntake: Sendable {
    /// Where a row is.
    struct Place: Hashable, Sendable {
        let rollup: String
        let day: PostgresDate
        let key: RowKey
    }

    struct Change: Sendable {
        /// Nil when the row is gone.
        let measures: Publication.Measures?
        let asOf: PostgresTimestamp
        let flush: Int64
    }

    enum Item: Sendable {
        case began(rollups: [Rollup], flush: Int64)
        case rows([Place: Change])
        /// More rows than are kept have changed.
        case lost
        case flushed(Int64)
        case rebuilt(rollup: String, days: ClosedRange<PostgresDate>, flush: Int64)
        case ended
    }

    /// Rows kept while the stream is busy, and items; beyond, what changed is lost and everybody starts anew.
    static let rowLimit = 20_000
    static let itemLimit = 1_000

    private(set) var items: [Item] = []
    private var rowCount = 0

    mutating func take(_ announcement: Announcement) {
        switch announcement {
        case .began(let rollups, let flush): append(.began(rollups: rollups, flush: flush))
        case .changed(let publications, let flush): add(publications, flush: flush)
        case .flushed(let flush):
            if case .flushed = items.last { items.removeLast() }
            append(.flushed(flush))
        case .rebuilt(let rollup, let days, let flush):
            guard let first = days.min(), let last = days.max() else { return }
            append(.rebuilt(rollup: rollup, days: first...last, flush: flush))
        case .ended: append(.ended)
        }
    }

    private mutating func add(_ publications: [Publication], flush: Int64) {
        var rows: [Place: Change] = [:]
        if case .rows(let last) = items.last {
            items.removeLast()
            rows = last
        }
        let before = rows.count
        for publication in publications {
            for row in publication.rows {
                let place = Place(rollup: publication.rollup, day: publication.day, key: RowKey(row.key))
                rows[place] = Change(measures: row.measures, asOf: publication.asOf, flush: flush)
            }
        }
        rowCount += rows.count - before
        append(.rows(rows))
        if rowCount > Self.rowLimit { lose() }
    }

    private mutating func append(_ item: Item) {
        items.append(item)
        if items.count > Self.itemLimit { lose() }
    }

    /// Keeps what says which session and flush it is.
    private mutating func lose() {
        var session: Item?
        var flushed: Item?
        for item in items {
            switch item {
            case .began, .ended: session = item
            case .flushed: flushed = item
            case .rows, .lost, .rebuilt: continue
            }
        }
        items = [session, flushed, .lost].compactMap(\.self)
        rowCount = 0
    }
}
