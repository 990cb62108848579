import Logging
import PostgresClient

/// Where a day's rows come from at the start.
enum DayFileChoice: Sendable, Hashable {
    /// The open day's file, found to be at this flush.
    case file(SnapshotMoment)
    case archive(digest: String)
    /// The rollup table, with the reason.
    case table(String)

    /// A day's rows, out of a file that has passed every check.
    struct Content: Sendable {
        let stamp: SnapshotStamp
        let rows: [RowKey: RollupRow]
        let isArchive: Bool
        let duration: Duration
    }

    enum Outcome: Sendable {
        case rows(Content)
        /// Why the table has to be read after all.
        case refused(String)
    }

    var isTable: Bool { if case .table = self { true } else { false } }

    var reason: String {
        switch self {
        case .table(let reason): reason
        case .file, .archive: "its file was refused"
        }
    }

    /// Reads the file. One that does not hold what it should is set aside; an archive stays for an operator to look at.
    /// - Parameter limit: the most rows that memory may hold.
    func load(
        _ rollup: Rollup, day: PostgresDate, limit: Int, from store: SnapshotStore, logger: Logger
    ) -> Outcome {
        let started = ContinuousClock.now
        do {
            let read: (stamp: SnapshotStamp, rows: [RowKey: RollupRow])?
            let isArchive: Bool
            switch self {
            case .table(let reason): return .refused(reason)
            case .file(let moment):
                isArchive = false
                read = try store.loadAll(rollup, day: day, limit: limit)
                if let read, read.stamp.moment != moment { return .refused("its file changed while it was looked at") }
            case .archive(let digest):
                isArchive = true
                read = try store.loadAll(rollup, day: day, archivedAs: digest, limit: limit)
            }
            guard let read else { return .refused("its file is gone") }
            return .rows(
                Content(
                    stamp: read.stamp, rows: read.rows, isArchive: isArchive, duration: started.duration(to: .now))
            )
        } catch let refusal as SnapshotRefusal {
            if case .archive = self {
                logger.warning("an archive is not used", metadata: ["because": "\(refusal)"])
            } else {
                store.setAsideLoudly(refusal.path, reason: refusal.reason.description, logger: logger)
            }
            return .refused("its file was refused: \(refusal.reason)")
        } catch {
            logger.warning("a day file could not be read", metadata: ["because": "\(error)"])
            return .refused("its file cannot be read: \(error)")
        }
    }
}
