import Dispatch

/// A serial executor on a queue of its own, for an actor whose methods block. The cooperative pool has as many threads
/// as the machine has cores; a call that waits for a process must not take one of them.
final class BlockingExecutor: SerialExecutor {
    private let queue: DispatchQueue

    init(_ label: String) {
        queue = DispatchQueue(label: label)
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async { job.runSynchronously(on: self.asUnownedSerialExecutor()) }
    }
}
