package import PostgresClient

extension SnapshotStore {
    /// Hands out the rows of an open day's file, in batches of bounded size, after everything about the file has been
    /// checked.
    ///
    /// Whether the database knows the file's flush is for the caller to ask.
    /// - Parameter body: may throw; its error is passed on. The file is locked against its writer meanwhile.
    /// - Returns: nil when there is no file.
    /// - Throws: ``SnapshotRefusal`` when the file is not to be used, before any row is handed out; ``SnapshotError``
    ///   when it cannot be read now.
    package func load(
        _ rollup: Rollup, day: PostgresDate, _ body: ([(key: RowKey, row: RollupRow)]) throws -> Void
    ) throws -> SnapshotStamp? {
        let path = path(rollup, day: day)
        guard DurableFile.exists(path) else { return nil }
        return try read(path, as: rollup, SnapshotReader.Expectation(day: day), body)
    }

    /// The same for the archive of a sealed day, whose digest stands in the seal.
    package func loadArchive(
        _ rollup: Rollup, day: PostgresDate, digest: String, _ body: ([(key: RowKey, row: RollupRow)]) throws -> Void
    ) throws -> SnapshotStamp? {
        let path = archivePath(rollup, day: day, digest: digest)
        guard DurableFile.exists(path) else { return nil }
        return try read(path, as: rollup, SnapshotReader.Expectation(day: day, contentDigest: digest), body)
    }

    /// The same for any file, wherever it is. An archive's rows are held against the digest in its name.
    /// - Throws: also when there is no such file.
    package func loadFile(
        _ path: String, as rollup: Rollup, _ body: ([(key: RowKey, row: RollupRow)]) throws -> Void
    ) throws -> SnapshotStamp {
        let name = path.split(separator: "/").last.map(String.init) ?? path
        let digest = SnapshotPath.digest(inName: name)
        return try read(path, as: rollup, SnapshotReader.Expectation(contentDigest: digest), body)
    }

    /// What a file says of itself. Its rows have not been looked at.
    package func stamp(ofFile path: String) throws -> SnapshotStamp {
        try SnapshotDatabase.with(path, .read) { try SnapshotReader.stamp($0) }
    }

    func verify(_ path: String, as rollup: Rollup, _ expectation: SnapshotReader.Expectation) throws -> SnapshotStamp {
        try SnapshotDatabase.with(path, .read) { database in
            try SnapshotReader(table: SnapshotTable(rollup), database: database).verifiedStamp(expectation)
        }
    }

    /// An error of the body is not one of the file, even where it is SQLite's.
    private func read(
        _ path: String, as rollup: Rollup, _ expectation: SnapshotReader.Expectation,
        _ body: ([(key: RowKey, row: RollupRow)]) throws -> Void
    ) throws -> SnapshotStamp {
        do {
            return try SnapshotDatabase.with(path, .read) { database in
                let reader = SnapshotReader(table: SnapshotTable(rollup), database: database)
                let stamp = try reader.verifiedStamp(expectation)
                try reader.stream(of: stamp.day) { batch in
                    do { try body(batch) } catch { throw BodyFailure(error: error) }
                }
                return stamp
            }
        } catch let failure as BodyFailure {
            throw failure.error
        }
    }
}

private struct BodyFailure: Error {
    var error: any Error
}
