import GRDB

/// A snapshot file opened as a SQLite database for the length of a closure, always with a rollback journal and never
/// with a write-ahead log, so that the file is all there is once it is closed.
enum SnapshotDatabase {
    enum Access {
        case read
        case update
        /// A new file that nobody else knows: no journal, and the caller syncs it.
        case build
    }

    /// How long a lock of another process is waited for. A flush hangs on it.
    static let patienceSeconds = 0.25

    /// Runs the closure in one transaction.
    /// - Throws: ``SnapshotRefusal`` where SQLite or the closure (by a ``SnapshotRefusal/Reason``) cannot make sense
    ///   of the file, ``SnapshotError`` where it cannot get at it, and the closure's other errors.
    static func with<Result>(_ path: String, _ access: Access, _ body: (Database) throws -> Result) throws -> Result {
        do {
            if access != .build { try SnapshotHeader.check(path) }
            let queue = try DatabaseQueue(path: path, configuration: configuration(access, path))
            let result = try run(access, on: queue, body)
            try queue.close()
            return result
        } catch let error as SnapshotRefusal.Reason {
            throw SnapshotRefusal(path: path, reason: error)
        } catch let error as DatabaseError {
            throw meaning(of: error, path: path)
        }
    }

    private static func run<Result>(
        _ access: Access, on queue: DatabaseQueue, _ body: (Database) throws -> Result
    ) throws -> Result {
        guard access != .read else { return try queue.read(body) }
        var result: Result?
        try queue.inTransaction(.immediate) { database in
            result = try body(database)
            return .commit
        }
        guard let result else { preconditionFailure("a committed transaction has a result") }
        return result
    }

    private static func configuration(_ access: Access, _ path: String) -> Configuration {
        var configuration = Configuration()
        configuration.label = "daybook.snapshot"
        configuration.foreignKeysEnabled = false
        configuration.busyMode = .timeout(patienceSeconds)
        // What a killed writer left half-done can be rolled back only by one who may write.
        configuration.readonly = access == .read && !DurableFile.exists(path + DurableFile.journalSuffix)
        configuration.prepareDatabase { database in
            try database.execute(sql: "PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON;")
            switch access {
            case .read: break
            case .update: try database.execute(sql: "PRAGMA synchronous = FULL")
            case .build: try database.execute(sql: "PRAGMA synchronous = OFF; PRAGMA journal_mode = OFF;")
            }
        }
        return configuration
    }

    private static func meaning(of error: DatabaseError, path: String) -> any Error {
        if error.extendedResultCode == .SQLITE_IOERR_SHORT_READ { return SnapshotRefusal(path: path, reason: .damaged) }
        switch error.resultCode {
        case .SQLITE_BUSY, .SQLITE_LOCKED:
            return SnapshotError(
                .busy, "Another process holds the snapshot file \(path). Close what has it open.", underlying: error
            )
        case .SQLITE_READONLY, .SQLITE_PERM, .SQLITE_FULL:
            return SnapshotError(
                .unwritable,
                "The snapshot file \(path) cannot be written. Check the rights and the space in its folder.",
                underlying: error
            )
        case .SQLITE_CANTOPEN, .SQLITE_IOERR, .SQLITE_NOMEM, .SQLITE_AUTH, .SQLITE_INTERRUPT:
            return SnapshotError(
                .unreadable,
                "The snapshot file \(path) cannot be opened or read. Check its rights, its folder and the disk.",
                underlying: error
            )
        case .SQLITE_CONSTRAINT:
            return SnapshotError(.cannotHold, "Two rows for one key of \(path). Report this.", underlying: error)
        default: return SnapshotRefusal(path: path, reason: .damaged)
        }
    }
}
