import Foundation
import PostgresClient

/// Finds the reason for which a row of the cron jobs' table differs. A pure value.
///
/// A reason is given where data proves it: where what is known to have come later, taken off what is right now, gives what
/// the table has; or where days of another zone give it. Everything else is unknown.
struct ShadowJudge: Sendable {
    let columns: [ShadowColumns.Column]
    let now: PostgresTimestamp
    /// When the daily job has run, after the end of a day (UTC), in microseconds.
    let dailyRun: Int64

    /// A row of either side, with cells as canonical text.
    struct Row: Sendable {
        var day: PostgresDate
        var key: [String?]
        /// Which of several rows of theirs with the key, from 1.
        var copy = 1
        var theirs: [String?]?
        var rights: [String?]?
    }

    /// What one transaction has changed in the row.
    struct Change: Sendable {
        var at: PostgresTimestamp
        /// Whether something went or was replaced.
        var goes: Bool
        var rows: Decimal
        var sums: [Decimal]
    }

    /// What the row was before a closed day changed.
    struct Amendment: Sendable {
        var at: PostgresTimestamp
        var addsRows: Bool
        /// Nil where there was no row.
        var before: [String?]?
    }

    /// What is known of a row besides its cells.
    struct Evidence: Sendable {
        /// Latest first.
        var changes: [Change] = []
        var amendments: [Amendment] = []
        /// For each other zone, what the sources say with its days; nil cells where they have no row.
        var zones: [(name: String, cells: [String?]?)] = []
        /// Whether the table has no row on the day.
        var isDayEmpty = false
        /// By column: whether theirs has nothing in it all day.
        var isNeverCounted: [Bool] = []
    }

    /// Why the row differs as a whole; nil where only its cells say.
    func reason(for row: Row, _ evidence: Evidence) -> ShadowReason {
        if row.copy > 1 { return .duplicate }
        let isDue = now.microsecondsSince2000 >= Self.end(of: row.day) + dailyRun
        if row.theirs == nil, evidence.isDayEmpty { return isDue ? .neverFilled : .notYetRun }
        let counted = columns.indices.filter { index in
            guard case .added = columns[index].role else { return false }
            return !(evidence.isNeverCounted.indices.contains(index) && evidence.isNeverCounted[index])
        }
        let differs =
            row.theirs == nil || row.rights == nil || counted.contains { row.theirs?[$0] != row.rights?[$0] }
        guard differs, !counted.isEmpty else { return .unknown }
        if let stale = staleness(of: row, counted, evidence.changes) {
            if !isDue, stale.since.microsecondsSince2000 >= lastHour(of: row.day) { return .notYetRun }
            return stale.goes ? .changedRow(before: stale.since) : .lateRow(before: stale.since)
        }
        if let amendment = evidence.amendments.first(where: { isSame($0.before, row.theirs, counted) }) {
            return amendment.addsRows ? .lateRow(before: amendment.at) : .changedRow(before: amendment.at)
        }
        if let zone = evidence.zones.first(where: { isSame($0.cells, row.theirs, counted) }) {
            return .timeZone(zone.name)
        }
        return .unknown
    }

    /// Why one cell of a row that both sides have differs, given the reason of the row.
    func reason(forCell index: Int, of row: Row, _ evidence: Evidence, inRow whole: ShadowReason) -> ShadowReason {
        let isNeverCounted = evidence.isNeverCounted.indices.contains(index) && evidence.isNeverCounted[index]
        switch columns[index].role {
        case .added, .other: return isNeverCounted && whole == .unknown ? .notCounted : whole
        case .breakdown(let label):
            let isOfZone = evidence.zones.contains { zone in
                whole == .timeZone(zone.name) && zone.cells?[index] == row.theirs?[index]
            }
            return !isOfZone && isEstimate(index, label, row) ? .estimate : whole
        case .derived(let inputs):
            let known = columns.indices.filter { inputs.contains(columns[$0].name) }
            guard known.count == inputs.count, !inputs.isEmpty else { return whole }
            return known.allSatisfy { row.theirs?[$0] == row.rights?[$0] } ? .formula : whole
        }
    }

    /// Since when the table has not been brought up to date: the earliest of the latest changes that have to be taken off to
    /// get what it has.
    private func staleness(
        of row: Row, _ counted: [Int], _ changes: [Change]
    ) -> (since: PostgresTimestamp, goes: Bool)? {
        guard var left = numbers(row.rights, counted), let theirs = numbers(row.theirs, counted) else { return nil }
        var goes = false
        for change in changes {
            for (position, index) in counted.enumerated() {
                guard case .added(let addend) = columns[index].role else { continue }
                switch addend {
                case .count: left[position] -= change.rows
                case .sum(let sum): left[position] -= change.sums[sum]
                }
            }
            goes = goes || change.goes
            if left == theirs { return (change.at, goes) }
        }
        return nil
    }

    /// Of no row, zeros.
    private func numbers(_ cells: [String?]?, _ counted: [Int]) -> [Decimal]? {
        guard let cells else { return counted.map { _ in 0 } }
        var numbers: [Decimal] = []
        for index in counted {
            guard let text = cells[index], let number = Decimal(string: text, locale: nil) else { return nil }
            numbers.append(number)
        }
        return numbers
    }

    private func isSame(_ left: [String?]?, _ right: [String?]?, _ counted: [Int]) -> Bool {
        guard let left, let right else { return left == nil && right == nil }
        return counted.allSatisfy { left[$0] == right[$0] }
    }

    /// The right total in the wrong shares, or shares that nobody has counted.
    private func isEstimate(_ index: Int, _ label: String, _ row: Row) -> Bool {
        guard let theirs = row.theirs?[index].flatMap({ Breakdown.counts(json: $0, label: label) }), !theirs.isEmpty,
            let rights = row.rights?[index].flatMap({ Breakdown.counts(json: $0, label: label) })
        else { return false }
        let total = theirs.values.reduce(0, +)
        let isCounted = columns.indices.allSatisfy { index in
            guard case .added = columns[index].role else { return true }
            return row.theirs?[index] == row.rights?[index]
        }
        if isCounted, total == rights.values.reduce(0, +) { return true }
        // Of few, any shares are these by chance.
        guard theirs.count == 2, total >= 5, let most = theirs.values.max() else { return false }
        // 80 % rounded either way.
        return most == total * 4 / 5 || most == (total * 4 + 4) / 5
    }

    /// In microseconds since 2000, UTC.
    private static func end(of day: PostgresDate) -> Int64 { (Int64(day.daysSince2000) + 1) * 86_400_000_000 }

    /// When the hourly job has last looked at the day.
    private func lastHour(of day: PostgresDate) -> Int64 {
        let hour: Int64 = 3_600_000_000
        return min(now.microsecondsSince2000 / hour * hour, Self.end(of: day) - hour)
    }
}
