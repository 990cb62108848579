package import PostgresClient

extension SnapshotStore {
    /// Brings an open day's file to a flush by just the rows that it changed, in one SQLite transaction with the new
    /// stamp.
    ///
    /// - Parameters:
    ///   - changes: absolute values. No row, or one that counts nothing, is a row gone. Parked keys are gone, too.
    ///   - base: the moment the file must be at: that of the stamp last written or loaded. Nil when there must be no
    ///     file yet; the changes are then all of the day's rows.
    /// - Returns: the new stamp, or nil when the file is not at the base: then ``write(_:day:rows:at:)`` replaces it.
    /// - Throws: ``SnapshotRefusal`` when the file is damaged or of another definition (set it aside and write it
    ///   anew); ``SnapshotError`` when it could not be written, and is as before. ``SnapshotError/Code/busy`` is
    ///   worth another try.
    package func update(
        _ rollup: Rollup, day: PostgresDate, changes: some Sequence<(key: RowKey, row: RollupRow?)>,
        from base: SnapshotMoment?, to moment: SnapshotMoment
    ) throws -> SnapshotStamp? {
        let path = path(rollup, day: day)
        guard DurableFile.exists(path) else {
            guard base == nil else { return nil }
            let rows = changes.lazy.compactMap { change in change.row.map { (key: change.key, row: $0) } }
            return try write(rollup, day: day, rows: rows, at: moment)
        }
        guard let base else { return nil }
        let table = SnapshotTable(rollup)
        return try SnapshotDatabase.with(path, .update) { database in
            let reader = SnapshotReader(table: table, database: database)
            let stamp = try reader.matchingStamp(SnapshotReader.Expectation(day: day))
            guard stamp.moment == base else { return nil }
            return try SnapshotWriter(table, day: day, isNew: false, in: database).change(
                changes, from: stamp, to: moment)
        }
    }

    /// Writes all of an open day's rows, in place of the file that may be there: beside it first, then synced, then
    /// renamed.
    /// - Throws: ``SnapshotError``; the old file is as before.
    @discardableResult
    package func write(
        _ rollup: Rollup, day: PostgresDate, rows: some Sequence<(key: RowKey, row: RollupRow)>,
        at moment: SnapshotMoment
    ) throws -> SnapshotStamp {
        let path = path(rollup, day: day)
        let stamp = try build(path + SnapshotPath.temporarySuffix, rollup, day, rows, moment, sealedRevision: nil)
        try settleJournal(of: path)
        try DurableFile.move(path + SnapshotPath.temporarySuffix, to: path)
        return stamp
    }

    /// Writes all rows of a sealed day into a file named by their digest. It is on the disk when this returns, so the
    /// seal may commit.
    ///
    /// A file of that name is never overwritten: it has the same rows, is checked, and stays, with the stamp that it
    /// has. Should it be damaged or of another definition, it is set aside first.
    package func archive(
        _ rollup: Rollup, day: PostgresDate, rows: some Sequence<(key: RowKey, row: RollupRow)>,
        at moment: SnapshotMoment,
        revision: Int
    ) throws -> SnapshotArchive {
        let paths = SnapshotPath(directory: directory, rollup: rollup)
        let temporary = paths.unnamedArchive(day)
        let stamp = try build(temporary, rollup, day, rows, moment, sealedRevision: revision)
        let path = paths.archive(day, digest: stamp.contentDigest)
        if DurableFile.exists(path) {
            do {
                let kept = try verify(
                    path, as: rollup, SnapshotReader.Expectation(day: day, contentDigest: stamp.contentDigest)
                )
                try DurableFile.remove(temporary)
                try DurableFile.sync(path)
                try DurableFile.sync(paths.folder)
                return SnapshotArchive(path: path, stamp: kept)
            } catch let refusal as SnapshotRefusal {
                try setAside(path, reason: refusal.reason.description)
            }
        }
        try settleJournal(of: path)
        try DurableFile.move(temporary, to: path)
        return SnapshotArchive(path: path, stamp: stamp)
    }

    private func build(
        _ temporary: String, _ rollup: Rollup, _ day: PostgresDate,
        _ rows: some Sequence<(key: RowKey, row: RollupRow)>,
        _ moment: SnapshotMoment, sealedRevision: Int?
    ) throws -> SnapshotStamp {
        try DurableFile.createFolder(DurableFile.folder(of: temporary))
        try DurableFile.remove(temporary)
        do {
            return try SnapshotDatabase.with(temporary, .build) { database in
                try SnapshotWriter(SnapshotTable(rollup), day: day, isNew: true, in: database)
                    .fill(rows, moment: moment, sealedRevision: sealedRevision)
            }
        } catch {
            _ = try? DurableFile.remove(temporary)
            throw error
        }
    }

    /// A journal that a killed writer left would be rolled back into whatever file has the name by then. It is rolled
    /// back into its own file, or else removed: what it belongs to is about to be replaced.
    private func settleJournal(of path: String) throws {
        let journal = path + DurableFile.journalSuffix
        guard DurableFile.exists(journal) else { return }
        if DurableFile.exists(path) { _ = try? SnapshotDatabase.with(path, .read) { try SnapshotReader.stamp($0) } }
        if try DurableFile.remove(journal) { try DurableFile.sync(DurableFile.folder(of: path)) }
    }
}
