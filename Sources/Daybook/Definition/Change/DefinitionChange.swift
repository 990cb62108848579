/// What a changed definition means for a rollup that is installed. A pure value.
package struct DefinitionChange: Sendable, Hashable {
    /// What it takes to bring the rollup's rows up to the new definition.
    package enum Effect: Sendable, Hashable {
        /// The rows stand as they are; at most their derived columns are computed anew, from the row's own measures.
        case carry
        /// Every day that has sources is computed from them again.
        case rebuild
    }

    /// Why a column of a day that cannot be computed again is not what the definition says.
    package enum Lack: String, Sendable, Hashable {
        /// The column came when the day's sources were gone.
        case added
        /// The day's rows were counted by an earlier definition.
        case redefined
    }

    /// As installed, and the same under the new names of its columns.
    package let old: Rollup
    package let renamed: Rollup
    package let new: Rollup
    /// Old names with new ones.
    package let renames: [String: String]
    package var notes: [String] = []
    package var effect = Effect.carry
    /// Columns that days which cannot be computed again lack.
    package var lacks: [String: Lack] = [:]
    /// Whether derived columns have to be computed anew in rows that stay.
    package var redefinesDerived = false
    /// Whether rows would move between days that can be computed again and days that cannot.
    package var movesRows = false
    package var refusals: [String] = []

    /// - Parameter permissions: those that concern other rollups are left alone.
    package init(from old: Rollup, to new: Rollup, _ permissions: DefinitionPermissions) {
        self.old = old
        self.new = new
        renames = permissions.renames(of: new.name)
        renamed = old.renaming(renames)
        let removals = permissions.removals(of: new.name)
        checkPermissions(removals)
        compareTables()
        compareDimensions(removals)
        compareMeasures(removals)
        compareDerived(removals)
        compareEvents(removals)
        for column in lacks.keys where new.measures.contains(where: { $0.name == column }) { redefinesDerived = true }
        if new.derived.isEmpty { redefinesDerived = false }
        if notes.isEmpty, refusals.isEmpty { notes.append("nothing that its numbers depend on") }
    }

    /// The dimensions that rows had and have no longer.
    package var removedDimensions: [String] {
        renamed.dimensions.map(\.name).filter { name in !new.dimensions.contains { $0.name == name } }
    }

    package var addedDimensions: [Rollup.Dimension] {
        new.dimensions.filter { dimension in !renamed.dimensions.contains { $0.name == dimension.name } }
    }

    /// Whether the rows that stand cannot keep their places: keys would meet, or have no value.
    package var clearsRows: Bool {
        !removedDimensions.isEmpty || addedDimensions.contains { !$0.isNullable }
    }

    /// Columns, under their present names, that the table keeps and Daybook no longer does.
    package var droppedColumns: [String] {
        let kept = Set(new.columnNames)
        return renamed.columnNames.filter { !kept.contains($0) }
    }

    /// Renames of the table's columns, companions of measures included, in the old table's order.
    package var columnRenames: [(old: String, new: String)] {
        zip(old.columnNames, renamed.columnNames).filter { $0 != $1 }.map { ($0, $1) }
    }

    private mutating func checkPermissions(_ removals: Set<String>) {
        let columns = old.columns
        for (name, successor) in renames.sorted(by: { $0.key < $1.key }) {
            if !columns.contains(name) {
                refusals.append(
                    "--rename \(new.name).\(name): the installed rollup has no such column; it has \(columns.commaSeparated)."
                )
            } else if !new.columns.contains(successor) {
                refusals.append("--rename \(new.name).\(name)=\(successor): the definition has no column \(successor).")
            } else if columns.contains(successor) {
                refusals.append(
                    "--rename \(new.name).\(name)=\(successor): the installed rollup has a column \(successor) already."
                )
            } else {
                notes.append("column \(name) becomes \(successor)")
            }
        }
        let events = old.events.map(\.name)
        for name in removals.sorted() where !columns.contains(name) && !events.contains(name) {
            refusals.append(
                "--remove \(new.name).\(name): the installed rollup has no such column or event; "
                    + "it has \((columns + events).commaSeparated)."
            )
        }
    }

    private mutating func compareTables() {
        if old.table != new.table {
            refusals.append("The table is \(old.table) now and would be \(new.table). Write its schema in the file.")
        }
        guard old.definition.timeZone != new.definition.timeZone else { return }
        notes.append("days of \(new.definition.timeZone) instead of \(old.definition.timeZone)")
        rebuild(movingRows: true)
    }

    mutating func rebuild(movingRows: Bool = false) {
        effect = .rebuild
        movesRows = movesRows || movingRows
    }

    mutating func refuseRemoval(_ what: String, _ name: String, renamable: Bool = true) {
        let rename = renamable ? "--rename \(new.name).\(name)=NEW if it has another name now, or " : ""
        refusals.append(
            "The \(what) \(name) of \(new.name) is in the file no longer. Say \(rename)--remove \(new.name).\(name) "
                + "if it is to go."
        )
    }
}

extension Rollup {
    /// What a column can be named by in the permissions.
    fileprivate var columns: [String] { dimensions.map(\.name) + measures.map(\.name) + derived.map(\.name) }
}
