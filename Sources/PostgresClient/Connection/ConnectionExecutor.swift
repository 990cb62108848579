internal import Dispatch

/// Runs the jobs of one connection on a queue of its own, whose thread may block in `poll` without holding up others.
final class ConnectionExecutor: SerialExecutor {
    let queue = DispatchQueue(label: "postgres-connection")

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let executor = asUnownedSerialExecutor()
        queue.async { job.runSynchronously(on: executor) }
    }

    func checkIsolated() {
        dispatchPrecondition(condition: .onQueue(queue))
    }
}
