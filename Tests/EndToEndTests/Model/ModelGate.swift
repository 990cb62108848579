/// Counts the steps of all writers, and lets wait for one to come.
///
/// Writers may be a little ahead of what is to happen, never far: else they would be done before a daemon has started, and
/// no seed would have the schedule that it says.
///
/// A writer that holds its transaction open waits for steps of the others. When none of the others moves any more, the one
/// that has waited longest goes on, so the run cannot stand still.
actor ModelGate {
    private var step = 0
    private var moving: Int
    private var holders: [(until: Int, continuation: CheckedContinuation<Void, Never>)] = []
    private var watchers: [(step: Int, continuation: CheckedContinuation<Void, Never>)] = []
    /// Nobody begins a transaction once so many have been done.
    private var limit: Int?
    private var stopped: [CheckedContinuation<Void, Never>] = []

    init(writers: Int) {
        moving = writers
    }

    /// A writer has done a transaction.
    func advance() {
        step += 1
        wake()
    }

    /// A writer is about to begin a transaction; waits where there is a limit.
    func begin() async {
        while let limit, step >= limit {
            moving -= 1
            wake()
            await withCheckedContinuation { stopped.append($0) }
        }
    }

    /// Lets no transaction begin once so many have been done; nil for no limit.
    func limit(to steps: Int?) {
        limit = steps
        moving += stopped.count
        for continuation in stopped { continuation.resume() }
        stopped = []
    }

    /// Lets so many more begin than the limit says, if there is one.
    func raiseLimit(by steps: Int) {
        if let limit { self.limit(to: limit + steps) }
    }

    /// A writer has done its last one.
    func leave() {
        moving -= 1
        wake()
    }

    /// Waits while the writers do `steps` more, or as long as one of them can.
    func hold(for steps: Int) async {
        guard steps > 0 else { return }
        moving -= 1
        await withCheckedContinuation { continuation in
            holders.append((step + steps, continuation))
            wake()
        }
    }

    /// Waits until so many steps have been done, or no more will be.
    func reach(_ step: Int) async {
        guard self.step < step, moving > 0 || !holders.isEmpty || !stopped.isEmpty else { return }
        await withCheckedContinuation { watchers.append((step, $0)) }
    }

    private func wake() {
        let due = holders.filter { $0.until <= step }
        holders.removeAll { $0.until <= step }
        moving += due.count
        for holder in due { holder.continuation.resume() }
        if moving == 0, !holders.isEmpty {
            moving += 1
            holders.removeFirst().continuation.resume()
        }
        let isOver = moving == 0 && stopped.isEmpty
        let reached = watchers.filter { isOver || $0.step <= step }
        watchers.removeAll { isOver || $0.step <= step }
        for watcher in reached { watcher.continuation.resume() }
    }
}
