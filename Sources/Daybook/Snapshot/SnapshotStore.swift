package import PostgresClient

/// The folder of snapshot files: one SQLite file for each rollup and open day, and one for each seal of a day.
///
/// All calls block on the disk. A file must have one writer: the daemon that leads, or a command that holds its lock.
/// Any number of processes may read, best with `sqlite3 -readonly`.
///
/// Whatever kills the writer at whatever moment leaves each file as it was or as it was to become.
package struct SnapshotStore: Sendable {
    package let directory: String

    /// Creates the folder where it is missing.
    /// - Throws: ``SnapshotError/Code/unwritable`` when files cannot be made in it.
    package init(directory: String) throws(SnapshotError) {
        let trimmed = directory.count > 1 && directory.hasSuffix("/") ? String(directory.dropLast()) : directory
        self.directory = trimmed
        try DurableFile.createFolder(trimmed)
    }

    /// Where the file of an open day is, or would be.
    package func path(_ rollup: Rollup, day: PostgresDate) -> String {
        SnapshotPath(directory: directory, rollup: rollup).openDay(day)
    }

    /// Where the archive of a day with these rows is, or would be.
    package func archivePath(_ rollup: Rollup, day: PostgresDate, digest: String) -> String {
        SnapshotPath(directory: directory, rollup: rollup).archive(day, digest: digest)
    }

    /// Removes an open day's file, if there is one: the day has been sealed, or its file was revoked.
    package func removeOpenDay(_ rollup: Rollup, day: PostgresDate) throws(SnapshotError) {
        try remove(path(rollup, day: day))
    }

    /// Removes an archive, if there is one: the amendment that supersedes it has committed.
    package func removeArchive(_ rollup: Rollup, day: PostgresDate, digest: String) throws(SnapshotError) {
        try remove(archivePath(rollup, day: day, digest: digest))
    }

    /// The file goes before its journal. Without the journal, what a killed writer left of the file would be torn.
    private func remove(_ path: String) throws(SnapshotError) {
        let isThere = try DurableFile.remove(path)
        let hasJournal = try DurableFile.remove(path + DurableFile.journalSuffix)
        if isThere || hasJournal { try DurableFile.sync(DurableFile.folder(of: path)) }
    }
}
