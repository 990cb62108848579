/// A boundary between two steps of the engine, at which tests let things go wrong.
package enum Failpoint: String, CaseIterable, Sendable {
    /// The cursor is claimed, nothing is loaded.
    case leadClaimed = "lead.claimed"
    /// The day files and what the database says of them have been looked at.
    case startSurveyed = "start.surveyed"
    case startLoaded = "start.loaded"

    /// The turn has its snapshot.
    case turnBegun = "turn.begun"
    /// Events are in memory.
    case turnApplied = "turn.applied"
    case turnWorked = "turn.worked"
    case turnPublished = "turn.published"

    case flushCursorMoved = "flush.cursor-moved"
    /// What is about to change in closed days is written down.
    case flushAmendmentsRecorded = "flush.amendments-recorded"
    case flushRowsWritten = "flush.rows-written"
    case flushBeforeCommit = "flush.before-commit"
    /// The server has been sent the COMMIT; its answer has not been read.
    case flushCommitSent = "flush.commit-sent"
    case flushAfterCommit = "flush.after-commit"

    case snapshotBeforeFile = "snapshot.before-file"
    case snapshotAfterFile = "snapshot.after-file"

    case buildPlanned = "build.planned"
    case buildDone = "build.done"

    /// Gaps are under repair, as the database knows.
    case repairTaken = "repair.taken"
    case repairCompared = "repair.compared"
    case repairRebuilt = "repair.rebuilt"
    case repairClosed = "repair.closed"

    case sealCompared = "seal.compared"
    case sealFlushed = "seal.flushed"
    /// The archive is on the disk, the seal not in the database.
    case sealArchived = "seal.archived"
    case sealRecorded = "seal.recorded"
    case sealAfterCommit = "seal.after-commit"
}
