internal import Dispatch

/// A place for work on files: a thread of its own that may block on the disk. The cooperative pool has as many threads as the
/// machine has cores, and a turn must not wait for one of them.
package actor FileLane {
    private let executor = FileExecutor()

    package init() {}

    package nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    /// Runs one piece of work at a time, in the order of the calls.
    package func run<Result: Sendable>(_ work: @Sendable () throws -> Result) rethrows -> Result {
        try work()
    }
}

private final class FileExecutor: SerialExecutor {
    private let queue = DispatchQueue(label: "daybook-files")

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async { job.runSynchronously(on: self.asUnownedSerialExecutor()) }
    }
}
