#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// The first bytes of a SQLite file, looked at before SQLite gets to see it: a file that claims a write-ahead log
/// would make it create files beside the snapshot.
enum SnapshotHeader {
    /// - Throws: a ``SnapshotRefusal/Reason``, or ``SnapshotError/Code/unreadable``.
    static func check(_ path: String) throws {
        let file = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard file >= 0 else { throw DurableFile.failure(.unreadable, "read", path) }
        defer { close(file) }
        var bytes = [UInt8](repeating: 0, count: 100)
        let count = read(file, &bytes, bytes.count)
        guard count >= 0 else { throw DurableFile.failure(.unreadable, "read", path) }
        guard count == bytes.count, bytes.starts(with: "SQLite format 3\0".utf8) else {
            throw SnapshotRefusal.Reason.damaged
        }
        // Write and read version: 1 is a rollback journal.
        guard bytes[18] == 1, bytes[19] == 1 else {
            throw SnapshotRefusal.Reason.altered("its journal mode has been changed")
        }
    }
}
