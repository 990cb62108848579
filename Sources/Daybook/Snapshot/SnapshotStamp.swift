package import PostgresClient

/// What a snapshot file says of itself, in its `meta` table.
package struct SnapshotStamp: Sendable, Hashable {
    /// The format that this program writes, and the newest that it reads.
    package static let currentFormat = 1

    package var formatVersion: Int
    /// ``Rollup/name``.
    package var rollup: String
    package var day: PostgresDate
    /// ``Rollup/definitionDigest`` of the rollup that the file was written for.
    package var definitionDigest: String
    package var moment: SnapshotMoment
    package var rows: Int
    /// ``ContentDigest/hex`` over all rows.
    package var contentDigest: String
    /// Which seal of the day the file was written for; nil in the file of an open day.
    package var sealedRevision: Int?

    package init(
        rollup: Rollup, moment: SnapshotMoment, rows: Int, content: ContentDigest, sealedRevision: Int? = nil
    ) {
        formatVersion = Self.currentFormat
        self.rollup = rollup.name
        day = content.day
        definitionDigest = rollup.definitionDigest
        self.moment = moment
        self.rows = rows
        contentDigest = content.hex
        self.sealedRevision = sealedRevision
    }

    /// The cursor, flush and flush id of ``moment``.
    package var cursor: PostgresSnapshot { moment.cursor }
    package var flush: Int64 { moment.flush }
    package var flushID: String { moment.flushID }
}
