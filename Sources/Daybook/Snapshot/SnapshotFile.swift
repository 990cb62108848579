/// A file in the snapshot folder, as it lists itself.
package struct SnapshotFile: Sendable {
    package enum Kind: String, Sendable, Hashable {
        case openDay, archive
        /// Refused by an earlier run.
        case setAside
    }

    package enum Content: Sendable {
        /// What the file says of itself; its rows have not been looked at.
        case stamp(SnapshotStamp)
        case refused(SnapshotRefusal)
        /// Held by another process, or out of reach.
        case unreadable(SnapshotError)
    }

    package var path: String
    package var kind: Kind
    package var content: Content
    package var bytes: Int
}
