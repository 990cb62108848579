package import PostgresClient

/// What the engine holds of one rollup: its days, and which of them are not built yet.
///
/// Owned by the engine's one task. The rows themselves are owned by the day accumulators.
package struct RollupMemory {
    package let rollup: Rollup
    package let id: Int32
    package var state: InstalledRollup.BuildState
    package var days: [PostgresDate: DayAccumulator] = [:]
    package var unbuilt: Set<PostgresDate> = []
    /// Whether its days are computed again because its definition has changed, and until they are planned the days of
    /// which nobody could: these count on meanwhile.
    package var follows: Bool
    package var kept: Set<PostgresDate> = []
    /// Whether derived columns of rows that stay are still those of the definition before, or may be.
    package var rederives = false
    package var parked: [PostgresDate: Set<RowKey>] = [:]
    package var window: DayWindow?
    package var seals = SealSchedule()
    /// Keys whose events add up to something impossible: the sources are asked within the same turn.
    package var implausible: [PostgresDate: Set<RowKey>] = [:]
    /// Keys of which something went that may have been an extreme, or that an estimate cannot forget: within the same
    /// turn the sources are asked what is left.
    package var retracted: [PostgresDate: Set<RowKey>] = [:]
    /// Parked keys that have changed since the last health period.
    package var parkedChanges: [PostgresDate: Set<RowKey>] = [:]
    /// Parked keys to be read from the sources again in the next turn.
    package var recheck: [PostgresDate: Set<RowKey>] = [:]

    package let table: TableQuery
    package let source: SourceQuery
    package let reader: RowReader
    package let writer: FlushWriter

    package init(_ rollup: Rollup, id: Int32, state: InstalledRollup.BuildState, follows: Bool = false) {
        self.follows = follows
        self.rollup = rollup
        self.id = id
        self.state = state
        table = TableQuery(rollup)
        source = SourceQuery(rollup, id: id)
        reader = RowReader(rollup)
        writer = FlushWriter(rollup, id: id)
    }

    package var shape: DayAccumulator.Shape {
        DayAccumulator.Shape(
            sums: rollup.sums.count, labels: rollup.labels.count, extremes: rollup.extremes.compactMap(\.kind.extreme),
            distincts: rollup.distincts.count
        )
    }

    /// Whether events of the day count already.
    package func isBuilt(_ day: PostgresDate) -> Bool {
        state == .unplanned ? kept.contains(day) : !unbuilt.contains(day)
    }

    /// The day's accumulator, made as a cache over the table where there is none.
    package mutating func accumulator(for day: PostgresDate) -> DayAccumulator {
        if let known = days[day] { return known }
        let new = DayAccumulator(day: day, shape: shape, parked: parked[day] ?? [], isComplete: false)
        days[day] = new
        return new
    }
}
