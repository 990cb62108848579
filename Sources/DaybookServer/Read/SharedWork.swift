/// Work that many may want at the same moment and that is done once for all of them.
actor SharedWork<Value: Sendable> {
    private var running: Task<Value, any Error>?
    /// How many wait for the work under way.
    private(set) var waiting = 0

    /// What `work` gives, or what the same work gives that somebody else has begun. It is not kept: whoever asks after its end
    /// begins anew, also after a failure.
    func value(_ work: @Sendable @escaping () async throws -> Value) async throws -> Value {
        waiting += 1
        defer { waiting -= 1 }
        if let running { return try await running.value }
        // Unstructured, because the others still want it when the one who has begun it goes away.
        let task = Task { try await work() }
        running = task
        defer { running = nil }
        return try await task.value
    }
}
