public import PostgresClient

/// What an engine tells whoever serves its numbers while they are newer than the tables.
///
/// Announcements come in order, from one task. Between ``began(rollups:flush:)`` and ``ended`` they describe, with the tables
/// as committed, exactly what the engine has counted: a reader that knows flush `n` to be in the tables takes the rows announced
/// for later flushes from here and everything else from the tables.
public enum Announcement: Sendable {
    /// The engine leads, from the stored cursor: everything provisional from before is void. `flush` is the last one that
    /// the tables have.
    case began(rollups: [Rollup], flush: Int64)
    /// Rows changed in memory. They will be in their tables with this flush.
    case changed([Publication], flush: Int64)
    /// Everything announced for this flush and earlier ones is in the tables: the transaction has committed.
    case flushed(Int64)
    /// Whole days changed inside Postgres (built, filled back, restored), to be committed with this flush. What was known
    /// of their rows is void from then on. Days are in order, at least one.
    case rebuilt(rollup: String, days: [PostgresDate], flush: Int64)
    /// The engine leads no longer. What was announced and not flushed is void.
    case ended
}
