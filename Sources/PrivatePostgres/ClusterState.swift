/// Where a cluster is in its life, and which steps a request takes from there. A pure value: the actor does the steps.
enum ClusterState: Sendable, Hashable {
    /// Nothing has been made yet.
    case new
    case running
    /// The folder is there, the server is not running.
    case down
    /// The folder is gone. This is the end.
    case removed

    enum Request: String, Sendable, Hashable, CaseIterable {
        case boot, stop, restart, crash, startAgain
    }

    enum Step: Sendable, Hashable {
        case initialize, start, stopFast, stopImmediately, remove
    }

    /// - Throws: `PrivatePostgresError` with code `wrongState` when the request makes no sense in this state.
    func steps(for request: Request) throws -> [Step] {
        switch (request, self) {
        case (.boot, .new): return [.initialize, .start]
        case (.boot, .running), (.startAgain, .running), (.stop, .removed): return []
        case (.boot, .down), (.startAgain, .down), (.restart, .down): return [.start]
        case (.stop, .running): return [.stopFast, .remove]
        case (.stop, .new), (.stop, .down): return [.remove]
        case (.restart, .running): return [.stopFast, .start]
        case (.crash, .running): return [.stopImmediately]
        case (.crash, .new), (.crash, .down), (.crash, .removed),
            (.restart, .new), (.restart, .removed),
            (.startAgain, .new), (.startAgain, .removed),
            (.boot, .removed):
            throw PrivatePostgresError(
                .wrongState,
                "The private cluster is \(text) and cannot do \(request.rawValue).",
                remedy: self == .down ? "Call startAgain() first." : "Start one with PrivatePostgres.start()."
            )
        }
    }

    mutating func did(_ step: Step) {
        switch step {
        case .initialize, .stopFast, .stopImmediately: self = .down
        case .start: self = .running
        case .remove: self = .removed
        }
    }

    /// The server has ended without being asked to.
    mutating func serverEnded() {
        if self == .running { self = .down }
    }

    private var text: String {
        switch self {
        case .new: "not started yet"
        case .running: "running"
        case .down: "down"
        case .removed: "stopped and removed"
        }
    }
}
