public import PostgresClient

/// What applying a changed definition will do to an installed rollup, and what it cannot do.
public struct DefinitionPlan: Sendable {
    package let change: DefinitionChange
    /// The rollup's id and definition that the plan was made for.
    package let installed: InstalledRollup
    /// Days that will be computed from their sources, oldest first; none where the rows stay as they are.
    public internal(set) var rebuilt: [PostgresDate] = []
    /// Days whose rows stay because their sources are gone, oldest first.
    public internal(set) var kept: [PostgresDate] = []
    /// Those of ``kept`` that nobody knew of before: they have rows, and nothing in the sources.
    package internal(set) var lost: [PostgresDate] = []
    /// Gaps of the rollup that are not settled.
    package internal(set) var openGaps = 0

    package init(_ change: DefinitionChange, installed: InstalledRollup) {
        self.change = change
        self.installed = installed
    }

    public var rollup: String { change.new.name }

    /// Whether the daemon has something to compute.
    public var rebuilds: Bool { change.effect == .rebuild }

    /// Why the change cannot be applied, each with what to do; empty where it can be.
    public var refusals: [String] {
        var refusals = change.refusals
        if rebuilds, openGaps > 0 {
            refusals.append(
                "\(rollup) has \(openGaps) gaps that are not settled, and computing its days again could make them good "
                    + "for ever. Let the daemon repair them with the old files, or decide with `daybook repair --retain` "
                    + "or `--retract`; `daybook status` lists them."
            )
        }
        guard !kept.isEmpty else { return refusals }
        if change.movesRows {
            refusals.append(
                "\(days(kept)) of \(rollup) cannot be computed again, and this change would move source rows between them "
                    + "and other days, or make one row of several. Leave `at`, the time zone and the dimension as they "
                    + "are, or declare a second rollup."
            )
        }
        let columns = change.addedDimensions.filter { !$0.isNullable }.map(\.name)
        if !columns.isEmpty {
            refusals.append(
                "\(days(kept)) of \(rollup) cannot be computed again, so their rows have no \(columns.commaSeparated). "
                    + "Allow null there: write the type with a question mark."
            )
        }
        return refusals
    }

    /// For people, a line each.
    public var text: String {
        var lines = ["\(rollup):"] + change.notes.map { "  \($0)" }
        if rebuilds {
            lines.append("  \(days(rebuilt)) will be computed from the sources, live")
            if change.clearsRows { lines.append("  its rows go at once and come back as they are computed") }
        } else if change.redefinesDerived {
            lines.append("  derived columns are computed anew from the rows' own measures")
        } else {
            lines.append("  no day is computed again")
        }
        if rebuilds, !kept.isEmpty {
            lines.append("  \(days(kept)) cannot be: their sources are gone, and their rows stay")
            for (column, lack) in change.lacks.sorted(by: { $0.key < $1.key }) {
                switch lack {
                case .added: lines.append("    there \(column) is null, and counts later changes only")
                case .redefined: lines.append("    there \(column) stays as it was counted before")
                }
            }
        }
        return lines.joined(separator: "\n")
    }

    private func days(_ days: [PostgresDate]) -> String {
        guard let first = days.first, let last = days.last else { return "no day" }
        if days.count == 1 { return "1 day (\(first))" }
        return "\(days.count) days (\(first) to \(last))"
    }
}

/// A changed definition that is not applied as it is. Nothing has been changed.
public struct DefinitionChangeRefusal: Error, Sendable, CustomStringConvertible {
    public let reasons: [String]

    public var description: String { reasons.joined(separator: "\n") }
}
