import Daybook
import PostgresClient

/// The rows that an engine has announced and that are not known to be in the tables: a pure value, fed with announcements.
///
/// With the tables of one database snapshot it makes one state: if the flush of that snapshot is ``flush`` or later the
/// tables have everything, else the overlay's rows take the place of the tables'.
struct Overlay: Sendable {
    /// Rows of one day, by key; nil is a row that is gone.
    typealias Day = [RowKey: Publication.Measures?]

    /// The most rows kept; beyond, the tables alone answer until the flush.
    let limit: Int
    /// The rollups of the session under way; nil when no session leads.
    private(set) var rollups: [Rollup]?
    /// The flush that all rows here will be in.
    private(set) var flush: Int64 = 0
    /// By rollup and day.
    private(set) var rows: [String: [PostgresDate: Day]] = [:]
    private(set) var rowCount = 0
    /// More rows changed than are kept.
    private(set) var hasOverflowed = false
    /// Which transactions are counted in the rows.
    private(set) var position: PostgresSnapshot?
    /// Grows with every change of what a reader would see.
    private(set) var version: UInt64 = 0

    static let defaultLimit = 20_000

    init(limit: Int = Self.defaultLimit) {
        self.limit = limit
    }

    mutating func take(_ announcement: Announcement) {
        switch announcement {
        case .began(let rollups, let flush):
            clear()
            self.rollups = rollups
            self.flush = flush
        case .changed(let publications, let flush):
            if flush > self.flush { clear() }
            self.flush = flush
            for publication in publications { add(publication) }
        case .flushed(let flush):
            guard flush >= self.flush else { return }
            clear()
            self.flush = flush
        case .rebuilt: version += 1
        case .ended:
            clear()
            rollups = nil
        }
    }

    /// The rows that a reader of tables at the given flush has to put in place of the tables' own.
    func rows(of rollup: String, over flush: Int64) -> [PostgresDate: Day] {
        self.flush > flush ? rows[rollup] ?? [:] : [:]
    }

    private mutating func clear() {
        rows = [:]
        rowCount = 0
        hasOverflowed = false
        position = nil
        version += 1
    }

    private mutating func add(_ publication: Publication) {
        version += 1
        guard !hasOverflowed, let rollup = rollups?.first(where: { $0.name == publication.rollup }) else { return }
        var day = rows[publication.rollup]?[publication.day] ?? [:]
        rows[publication.rollup]?[publication.day] = nil
        let before = day.count
        for row in publication.rows {
            let key = RowKey(row.key)
            day[key] = .some(StorableRow(key: key, measures: row.measures, of: rollup).measures)
        }
        rowCount += day.count - before
        rows[publication.rollup, default: [:]][publication.day] = day
        position = publication.snapshot
        if rowCount > limit {
            clear()
            hasOverflowed = true
        }
    }
}
