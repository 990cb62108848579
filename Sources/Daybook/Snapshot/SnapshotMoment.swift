package import PostgresClient

/// The flush whose outcome a snapshot file holds.
///
/// The number alone does not name a flush: a database restored from a backup counts the same numbers again. The
/// random id does.
package struct SnapshotMoment: Sendable, Hashable {
    /// The transactions whose events are counted.
    package var cursor: PostgresSnapshot
    package var flush: Int64
    /// A random UUID of the flush.
    package var flushID: String

    package init(cursor: PostgresSnapshot, flush: Int64, flushID: String) {
        self.cursor = cursor
        self.flush = flush
        self.flushID = flushID
    }
}
