import Logging
import PostgresClient

/// A file with the name of an open day's, and what it says of itself.
struct DayFileFinding: Sendable {
    let path: String
    let day: PostgresDate
    /// Nil where it cannot be told.
    var stamp: SnapshotStamp?
    /// Why it is not to be used.
    var refusal: SnapshotRefusal.Reason?
    /// Why it cannot be read at present.
    var obstacle: String?
}

/// What is to become of a file that was found at the start.
enum DayFileFate: Sendable, Hashable {
    case keep
    case remove
    case setAside(String)

    func carryOut(on finding: DayFileFinding, of rollup: Rollup, in store: SnapshotStore, logger: Logger) {
        switch self {
        case .keep: break
        case .setAside(let reason): store.setAsideLoudly(finding.path, reason: reason, logger: logger)
        case .remove:
            do {
                try store.removeOpenDay(rollup, day: finding.day)
            } catch {
                logger.warning("an old day file could not be removed", metadata: ["because": "\(error)"])
            }
        }
    }
}

/// Which of the files in the folder are the present of a day, as the database says. A pure value.
struct DayFileSurvey: Sendable {
    /// The random id of the last flush; nil when the database does not remember it.
    var lastFlushID: String?
    private var choices: [DayFileQueue.Day: DayFileChoice] = [:]
    private var changed: Set<DayFileQueue.Day> = []
    private var closed: Set<DayFileQueue.Day> = []

    /// A day at hand, of which no file has been seen yet.
    mutating func note(_ day: DayFileQueue.Day, _ known: DayFlushes) {
        if known.hasChange(of: day.day) { changed.insert(day) }
    }

    mutating func noteSeal(of day: DayFileQueue.Day, digest: String) {
        choices[day] = .archive(digest: digest)
        closed.insert(day)
    }

    /// - Parameter isAtHand: whether the day's file is kept up.
    mutating func judge(
        _ finding: DayFileFinding, as day: DayFileQueue.Day, by known: DayFlushes, isAtHand: Bool
    ) -> DayFileFate {
        if let refusal = finding.refusal {
            choose(.table("its file was refused: \(refusal)"), for: day)
            return .setAside(refusal.description)
        }
        guard let stamp = finding.stamp else {
            choose(.table("its file cannot be read: \(finding.obstacle ?? "unknown")"), for: day)
            return .keep
        }
        switch known.verdict(on: stamp.moment, of: finding.day) {
        case .unknown:
            choose(.table("its file is of no flush that the database knows"), for: day)
            return .setAside(
                "the database does not know its flush \(stamp.flush): it is of another cluster, of a history that was lost, or "
                    + "older than the event log")
        case .stale:
            choose(.table("its file is of flush \(stamp.flush), and the day has changed since"), for: day)
            return isAtHand && !closed.contains(day) ? .keep : .remove
        case .present:
            guard isAtHand, !closed.contains(day) else { return .remove }
            choose(.file(stamp.moment), for: day)
            return .keep
        }
    }

    func choice(_ day: DayFileQueue.Day) -> DayFileChoice { choices[day] ?? .table("it has no file") }
    func isClosed(_ day: DayFileQueue.Day) -> Bool { closed.contains(day) }
    /// Whether the database knows which flush changed the day last.
    func hasChange(of day: DayFileQueue.Day) -> Bool { changed.contains(day) }

    /// A closed day's archive is better than any file.
    private mutating func choose(_ choice: DayFileChoice, for day: DayFileQueue.Day) {
        if !closed.contains(day) { choices[day] = choice }
    }
}

extension SnapshotStore {
    /// The files with names of open days, with their stamps. Rows are not looked at.
    func openDays(of rollup: Rollup) throws -> [DayFileFinding] {
        let paths = SnapshotPath(directory: directory, rollup: rollup)
        return try DurableFile.names(in: paths.folder).compactMap { name in
            SnapshotPath.openDay(inName: name).map { finding("\(paths.folder)/\(name)", day: $0) }
        }
    }

    private func finding(_ path: String, day: PostgresDate) -> DayFileFinding {
        var finding = DayFileFinding(path: path, day: day)
        do {
            finding.stamp = try stamp(ofFile: path)
        } catch let refusal as SnapshotRefusal {
            finding.refusal = refusal.reason
        } catch {
            finding.obstacle = "\(error)"
        }
        return finding
    }
}
