package import Logging
import PostgresClient
import Synchronization

/// Keeps the files of open days up with the flushes, beside the engine's turns and never in their way.
///
/// The engine hands over what a committed flush has changed and goes on; ``run()`` brings the files up, on a thread of its
/// own. A file that could not be written is only an old one: the database knows, and the next start reads the table.
package final class DayFileWriter: Sendable {
    /// How long no file is written after the disk has refused one.
    private static let rest = Duration.seconds(60)

    private let store: SnapshotStore
    private let rollups: [Int32: Rollup]
    private let logger: Logger
    private let lane = FileLane()
    private let pass: @Sendable (Failpoint) async -> Void
    private let state = Mutex(State())
    private let bell: AsyncStream<Void>
    private let ring: AsyncStream<Void>.Continuation

    private struct State {
        var queue = DayFileQueue()
        var restsUntil: ContinuousClock.Instant?

        var isResting: Bool { restsUntil.map { .now < $0 } ?? false }
    }

    /// - Parameter pass: called between steps, for tests.
    package init(
        _ store: SnapshotStore, rollups: [Int32: Rollup], logger: Logger,
        pass: @Sendable @escaping (Failpoint) async -> Void = { _ in }
    ) {
        self.store = store
        self.rollups = rollups
        self.logger = logger
        self.pass = pass
        (bell, ring) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    }

    /// The day's file was loaded, and equals a flush.
    package func found(_ day: DayFileQueue.Day, at moment: SnapshotMoment) {
        state.withLock { $0.queue.found(day, at: moment) }
    }

    /// Rows that a committed flush has changed; one that counts nothing is gone.
    /// - Returns: false when all rows of the day are needed instead.
    package func change(_ day: DayFileQueue.Day, _ changes: [RowKey: RollupRow], at moment: SnapshotMoment) -> Bool {
        note { state in
            guard !state.isResting else {
                state.queue.forget(day)
                return true
            }
            return state.queue.change(day, changes, at: moment)
        }
    }

    /// All rows of a day, as of a committed flush.
    package func replace(_ day: DayFileQueue.Day, rows: [RowKey: RollupRow], at moment: SnapshotMoment) {
        note { state in
            state.isResting ? state.queue.forget(day) : state.queue.replace(day, rows: rows, at: moment)
        }
    }

    /// The day's file has no more use.
    package func remove(_ day: DayFileQueue.Day) {
        note { $0.queue.remove(day) }
    }

    /// Whether the files are up with everything handed over.
    package var isIdle: Bool { state.withLock { $0.queue.isIdle } }

    /// Ends ``run()`` once everything handed over is on the disk.
    package func finish() {
        ring.finish()
    }

    /// Works until ``finish()``, or until cancelled: then what waits is given up.
    package func run() async {
        for await _ in bell { await work() }
        guard !Task.isCancelled else { return }
        await work()
        if !isIdle {
            logger.warning("some day files are not up to date; the next start reads those days from the tables")
        }
    }

    private func note<Result>(_ change: (inout sending State) -> Result) -> Result {
        let result = state.withLock { change(&$0) }
        ring.yield()
        return result
    }

    private func work() async {
        state.withLock { $0.queue.tryHeldAgain() }
        while !Task.isCancelled, let (day, work) = state.withLock({ $0.queue.take() }) {
            await pass(.snapshotBeforeFile)
            let outcome = await lane.run { self.perform(work, on: day) }
            await pass(.snapshotAfterFile)
            state.withLock { $0.queue.finish(outcome) }
        }
    }

    private func perform(_ work: DayFileQueue.Work, on day: DayFileQueue.Day) -> DayFileQueue.Outcome {
        guard let rollup = rollups[day.rollup] else { return .lost }
        do {
            switch work {
            case .update(let changes, let base, let moment):
                let stamp = try store.update(
                    rollup, day: day.day, changes: changes.lazy.map { (key: $0.key, row: $0.value) }, from: base,
                    to: moment
                )
                return stamp == nil ? .lost : .done
            case .write(let rows, let moment):
                try store.write(rollup, day: day.day, rows: rows.lazy.map { (key: $0.key, row: $0.value) }, at: moment)
            case .remove: try store.removeOpenDay(rollup, day: day.day)
            }
            return .done
        } catch let refusal as SnapshotRefusal {
            store.setAsideLoudly(refusal.path, reason: refusal.reason.description, logger: logger)
            return .lost
        } catch let error as SnapshotError where error.code == .busy {
            return .busy
        } catch {
            logger.warning(
                "a day file could not be written; no file is written for a while",
                metadata: ["rollup": "\(rollup.name)", "day": "\(day.day)", "because": "\(error)"])
            state.withLock { $0.restsUntil = .now.advanced(by: Self.rest) }
            return .lost
        }
    }
}

extension SnapshotStore {
    /// ``setAside(_:reason:)`` with a warning, and one more where that fails.
    func setAsideLoudly(_ path: String, reason: String, logger: Logger) {
        do {
            let target = try setAside(path, reason: reason)
            logger.warning(
                "a day file is set aside", metadata: ["file": "\(path)", "as": "\(target)", "because": "\(reason)"])
        } catch {
            logger.warning("a day file could not be set aside", metadata: ["file": "\(path)", "because": "\(error)"])
        }
    }
}
