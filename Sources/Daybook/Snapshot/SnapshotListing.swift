/// The files of a snapshot folder, for people.
public struct SnapshotListing: Sendable {
    public struct Entry: Sendable {
        public var path: String
        /// `open day`, `archive` or `set aside`.
        public var kind: String
        public var bytes: Int
        public var day: String?
        public var rows: Int?
        /// Why the file is not to be used, or nil.
        public var problem: String?
    }

    public let entries: [Entry]

    /// - Throws: an error with a remedy when the folder cannot be read.
    public init(directory: String) throws {
        entries = try SnapshotStore(directory: directory).list().map(Entry.init)
    }
}

extension SnapshotListing.Entry {
    init(_ file: SnapshotFile) {
        path = file.path
        bytes = file.bytes
        kind =
            switch file.kind {
            case .openDay: "open day"
            case .archive: "archive"
            case .setAside: "set aside"
            }
        switch file.content {
        case .stamp(let stamp):
            day = "\(stamp.day)"
            rows = stamp.rows
        case .refused(let refusal): problem = "\(refusal)"
        case .unreadable(let error): problem = "\(error)"
        }
    }
}
