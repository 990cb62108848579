import Synchronization

/// Closed once, when the session is to end so that the next one works by other definitions.
final class ReloadLatch: Sendable {
    private let closed = Atomic(false)

    func close() { closed.store(true, ordering: .releasing) }

    var isClosed: Bool { closed.load(ordering: .acquiring) }
}

/// The definitions have been read anew: everything counted is flushed, and the next session begins at once.
struct DefinitionsReloaded: Error {}
