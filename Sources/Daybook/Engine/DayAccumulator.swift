package import PostgresClient

/// Owns one rollup's rows for one day, in memory.
///
/// A complete accumulator knows every row of its day, so a key it does not know is a new one. Any other is a cache over
/// the rollup table: a key has to be loaded before it can be added to.
package actor DayAccumulator {
    package let day: PostgresDate
    private var rows: [RowKey: RollupRow] = [:]
    /// Changed since the last flush.
    private var dirty: Set<RowKey> = []
    /// Changed since the last publication.
    private var unpublished: Set<RowKey> = []
    private var parked: Set<RowKey>
    private let shape: Shape
    /// Whether every row of the day is here.
    package private(set) var isComplete: Bool

    /// How many measures of each kind the rows have.
    package struct Shape: Sendable {
        package let sums: Int
        package let labels: Int
        package let extremes: [Extreme]
        package let distincts: Int

        package init(sums: Int, labels: Int, extremes: [Extreme] = [], distincts: Int = 0) {
            self.sums = sums
            self.labels = labels
            self.extremes = extremes
            self.distincts = distincts
        }

        /// Whether it matters what came and what went.
        var isSigned: Bool { !extremes.isEmpty || distincts > 0 }
    }

    package init(day: PostgresDate, shape: Shape, parked: Set<RowKey> = [], isComplete: Bool) {
        self.day = day
        self.shape = shape
        self.parked = parked
        self.isComplete = isComplete
    }

    /// The keys among these that must be loaded before they can be added to.
    package func missing(_ keys: some Sequence<RowKey> & Sendable) -> [RowKey] {
        isComplete ? [] : keys.filter { rows[$0] == nil && !parked.contains($0) }
    }

    /// Takes in rows as the rollup table has them; nil where it has none.
    package func load(_ loaded: [(key: RowKey, row: RollupRow?)]) {
        for (key, row) in loaded where rows[key] == nil {
            rows[key] = row ?? .empty(shape)
        }
    }

    /// Takes in every row of the day, before anything else has come.
    package func fill(_ all: [RowKey: RollupRow]) {
        precondition(rows.isEmpty && dirty.isEmpty, "a day is filled once")
        rows = all
        isComplete = true
    }

    /// Keys whose rows only the sources can tell.
    package struct Doubts: Sendable {
        /// No set of source rows can give what the deltas added up to.
        package var implausible: Set<RowKey> = []
        /// Something went that may have been an extreme, or a value that an estimate cannot forget.
        package var retracted: Set<RowKey> = []
        /// Parked, and changed.
        package var parked: Set<RowKey> = []
    }

    /// Declares that every row of the day has been loaded.
    package func complete() {
        isComplete = true
    }

    /// Adds deltas up. A parked key is deaf to them.
    package func add(_ deltas: [(key: RowKey, delta: EventDelta)]) -> Doubts {
        var doubts = Doubts()
        if shape.isSigned { return addSigned(deltas) }
        for (key, delta) in deltas {
            guard !parked.contains(key) else {
                doubts.parked.insert(key)
                continue
            }
            rows[key, default: .empty(shape)].add(delta)
            dirty.insert(key)
            unpublished.insert(key)
        }
        for (key, _) in deltas where rows[key]?.isPlausible == false { doubts.implausible.insert(key) }
        return doubts
    }

    private func addSigned(_ deltas: [(key: RowKey, delta: EventDelta)]) -> Doubts {
        var doubts = Doubts()
        var byKey: [RowKey: SignedDeltas] = [:]
        for (key, delta) in deltas {
            if parked.contains(key) {
                doubts.parked.insert(key)
            } else {
                byKey[key, default: SignedDeltas()].append(delta)
            }
        }
        for (key, deltas) in byKey {
            let isKnown = deltas.apply(to: &rows[key, default: .empty(shape)], shape: shape)
            dirty.insert(key)
            unpublished.insert(key)
            if rows[key]?.isPlausible == false {
                doubts.implausible.insert(key)
            } else if !isKnown {
                doubts.retracted.insert(key)
            }
        }
        return doubts
    }

    /// Puts what the sources say of extremes and sets in place of what a retraction has left open, where they have as
    /// many rows as were counted.
    /// - Returns: the keys of which they have not.
    package func settle(_ keys: some Sequence<RowKey> & Sendable, by found: [RowKey: RollupRow]) -> Set<RowKey> {
        var different: Set<RowKey> = []
        for key in keys {
            guard let row = rows[key], row.count != 0 else { continue }
            guard let source = found[key], source.count == row.count else {
                different.insert(key)
                continue
            }
            rows[key]?.extremes = source.extremes
            rows[key]?.distincts = source.distincts
            dirty.insert(key)
            unpublished.insert(key)
        }
        return different
    }

    /// Takes out of rows what no set of source rows can give, where nobody can be asked.
    package func curb(_ keys: some Sequence<RowKey> & Sendable) {
        for key in keys { rows[key]?.curb(shape) }
    }

    /// Puts rows in place of what was there: what the sources say. Keys that were parked are so no more.
    package func replace(_ replacements: [(key: RowKey, row: RollupRow)]) {
        for (key, row) in replacements {
            parked.remove(key)
            rows[key] = row
            dirty.insert(key)
            unpublished.insert(key)
        }
    }

    /// Takes keys out of the flush: no row can hold them. Whoever watches is told that they are gone.
    package func park(_ keys: some Sequence<RowKey> & Sendable) {
        for key in keys {
            parked.insert(key)
            rows[key] = nil
            dirty.remove(key)
            unpublished.insert(key)
        }
    }

    /// The rows to be written, in key order; an empty row is to be deleted. They stay dirty until ``flushed()``.
    package func dirtyRows() -> [(key: RowKey, row: RollupRow)] {
        dirty.sorted().compactMap { key in rows[key].map { (key, $0) } }
    }

    /// To be called once what ``dirtyRows()`` gave has been written.
    package func flushed() {
        for key in dirty where rows[key]?.count == 0 { rows[key] = nil }
        dirty.removeAll(keepingCapacity: dirty.count < 1024)
    }

    /// The rows that changed since the last call; an empty row is gone.
    package func takeUnpublished() -> [(key: RowKey, row: RollupRow)] {
        defer { unpublished.removeAll(keepingCapacity: unpublished.count < 1024) }
        let empty = RollupRow.empty(shape)
        return unpublished.sorted().map { ($0, rows[$0] ?? empty) }
    }

    /// Forgets every row. The next change of a key loads it again.
    /// - Precondition: nothing is dirty.
    package func evict() {
        precondition(dirty.isEmpty, "a day is evicted only after its flush")
        rows = [:]
        unpublished = []
        isComplete = false
    }

    /// All rows, for dashboards.
    package func allRows() -> [RowKey: RollupRow] {
        rows.filter { $0.value.count != 0 }
    }

    package var rowCount: Int { rows.count }
    package var dirtyCount: Int { dirty.count }
}
