package import PostgresClient

/// What the files of open days lack of what has been flushed. Later flushes are merged into earlier ones, so that a slow disk
/// makes fewer and larger pieces of work and never a longer queue.
///
/// Bounded: a day waits with at most ``changeLimit`` changed rows, or else with all its rows at once.
package struct DayFileQueue: Sendable {
    /// Rows that wait for a day's file one by one.
    package static let changeLimit = 20_000

    package struct Day: Sendable, Hashable {
        package var rollup: Int32
        package var day: PostgresDate

        package init(rollup: Int32, day: PostgresDate) {
            self.rollup = rollup
            self.day = day
        }
    }

    /// A row that counts nothing is gone.
    package enum Work: Sendable, Hashable {
        case update([RowKey: RollupRow], from: SnapshotMoment, to: SnapshotMoment)
        case write([RowKey: RollupRow], at: SnapshotMoment)
        case remove
    }

    package enum Outcome: Sendable, Hashable {
        case done
        /// Another process has the file open: worth another try.
        case busy
        /// Nobody knows what the file is at.
        case lost
    }

    private enum Pending {
        case changes([RowKey: RollupRow], to: SnapshotMoment)
        case rows([RowKey: RollupRow], at: SnapshotMoment)
        case removal
    }

    private struct Entry {
        /// What the file equals; nil when nothing is known of it.
        var file: SnapshotMoment?
        var pending: Pending?
        var isHeld = false
    }

    private var entries: [Day: Entry] = [:]
    private var current: (day: Day, work: Work)?

    package init() {}

    /// Nothing waits and nothing is under way.
    package var isIdle: Bool { current == nil && entries.values.allSatisfy { $0.pending == nil } }

    /// The file was found to equal a flush.
    package mutating func found(_ day: Day, at moment: SnapshotMoment) {
        entries[day] = Entry(file: moment)
    }

    /// Rows that a flush has changed.
    /// - Returns: false when all rows of the day are needed instead (``replace(_:rows:at:)``).
    package mutating func change(_ day: Day, _ changes: [RowKey: RollupRow], at moment: SnapshotMoment) -> Bool {
        var entry = entries[day] ?? Entry()
        switch entry.pending {
        case nil:
            guard entry.file != nil || isBeingWritten(day), changes.count <= Self.changeLimit else { return false }
            entry.pending = .changes(changes, to: moment)
        case .changes(var waiting, _):
            // The only reference has to be `waiting`, or the merge copies.
            entries[day] = nil
            entry.pending = nil
            waiting.merge(changes) { $1 }
            if waiting.count > Self.changeLimit {
                entries[day] = entry
                return false
            }
            entry.pending = .changes(waiting, to: moment)
        case .rows(var rows, _):
            entries[day] = nil
            entry.pending = nil
            for (key, row) in changes { rows[key] = row.count == 0 ? nil : row }
            entry.pending = .rows(rows, at: moment)
        case .removal: return false
        }
        entries[day] = entry
        return true
    }

    /// All rows of the day, as of a flush.
    package mutating func replace(_ day: Day, rows: [RowKey: RollupRow], at moment: SnapshotMoment) {
        entries[day, default: Entry()].pending = .rows(rows, at: moment)
    }

    /// The file is to go.
    package mutating func remove(_ day: Day) {
        entries[day, default: Entry()].pending = .removal
    }

    /// Gives the file up as it is: it will be told to be of an old flush.
    package mutating func forget(_ day: Day) {
        entries[day] = nil
    }

    /// The next piece of work; nil when there is none, or one is under way.
    package mutating func take() -> (day: Day, work: Work)? {
        guard current == nil else { return nil }
        for (day, entry) in entries where !entry.isHeld {
            let work: Work
            switch entry.pending {
            case nil: continue
            case .changes(let changes, let moment):
                guard let file = entry.file else {
                    entries[day] = nil
                    continue
                }
                work = .update(changes, from: file, to: moment)
            case .rows(let rows, let moment): work = .write(rows, at: moment)
            case .removal:
                work = .remove
                entries[day]?.file = nil
            }
            entries[day]?.pending = nil
            current = (day, work)
            return current
        }
        return nil
    }

    /// What came of the piece that ``take()`` gave.
    package mutating func finish(_ outcome: Outcome) {
        guard let (day, work) = current else { return }
        current = nil
        guard var entry = entries[day] else { return }
        switch outcome {
        case .done:
            switch work {
            case .update(_, _, let moment), .write(_, let moment): entry.file = moment
            case .remove: entry.file = nil
            }
        case .busy:
            entry.pending = Self.merged(work, entry.pending)
            entry.isHeld = true
        case .lost:
            entry.file = nil
            if case .changes = entry.pending { entry.pending = nil }
        }
        entries[day] = entry.file == nil && entry.pending == nil ? nil : entry
    }

    /// Work that was held off by another process may be tried again.
    package mutating func tryHeldAgain() {
        for day in entries.keys { entries[day]?.isHeld = false }
    }

    private func isBeingWritten(_ day: Day) -> Bool {
        guard let current, current.day == day else { return false }
        return current.work != .remove
    }

    /// What was tried, and what has come since.
    private static func merged(_ tried: Work, _ later: Pending?) -> Pending? {
        switch (tried, later) {
        case (.update(let changes, _, let moment), nil): .changes(changes, to: moment)
        case (.update(let changes, _, _), .changes(let later, let moment)):
            .changes(changes.merging(later) { $1 }, to: moment)
        case (.write(let rows, let moment), nil): .rows(rows, at: moment)
        case (.write(let rows, _), .changes(let later, let moment)):
            .rows(rows.merging(later) { $1 }.filter { $0.value.count != 0 }, at: moment)
        case (.remove, nil): .removal
        case (_, let later): later
        }
    }
}
