public import PostgresClient

/// Why the table that cron jobs keep says something else than the sources, as far as data decides it.
public enum ShadowReason: Sendable, Hashable, CustomStringConvertible {
    /// The jobs have not come by since the rows changed.
    case notYetRun
    /// The table has no row of the whole day.
    case neverFilled
    /// Rows were written after the jobs had counted; the table is what was right before then.
    case lateRow(before: PostgresTimestamp)
    /// Rows were changed or deleted after the jobs had counted; the table is what was right before then.
    case changedRow(before: PostgresTimestamp)
    /// The table is what the sources say when days are cut in this zone.
    case timeZone(String)
    /// The counts add up to the right total and are not what was recorded, or are shares of 80 and 20 per cent.
    case estimate
    /// The column is zero or null in every row of the day, and the sources are not.
    case notCounted
    /// What the column is derived from is right.
    case formula
    /// The key has more than one row.
    case duplicate
    case unknown

    /// Under which reasons are counted.
    public var name: String {
        switch self {
        case .notYetRun: "not yet run"
        case .neverFilled: "day never filled"
        case .lateRow: "late row"
        case .changedRow: "changed row"
        case .timeZone: "time zone"
        case .estimate: "estimate"
        case .notCounted: "not counted"
        case .formula: "other formula"
        case .duplicate: "duplicate row"
        case .unknown: "unknown"
        }
    }

    public var description: String {
        switch self {
        case .lateRow(let before), .changedRow(let before): "\(name): right until \(before)"
        case .timeZone(let zone): "\(name): right with days of \(zone)"
        default: name
        }
    }
}
