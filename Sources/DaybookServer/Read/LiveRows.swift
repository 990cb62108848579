public import Daybook
import Synchronization

/// What an engine in this process has counted beyond the tables. Hand ``receive(_:)`` to the engine as `announce`.
public final class LiveRows: Sendable {
    private struct State {
        var overlay = Overlay()
        var intake = StreamIntake()
        var observer: (@Sendable (Announcement) -> Void)?
    }

    private let state = Mutex(State())
    private let bell: AsyncStream<Void>.Continuation
    /// Rings when there is something for the stream.
    let changes: AsyncStream<Void>

    public init() {
        (changes, bell) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    }

    /// Takes an announcement in and returns at once.
    public func receive(_ announcement: Announcement) {
        let observer = state.withLock { state in
            state.overlay.take(announcement)
            state.intake.take(announcement)
            return state.observer
        }
        observer?(announcement)
        bell.yield()
    }

    /// Has every announcement passed on as well, in order.
    func observe(_ observer: @escaping @Sendable (Announcement) -> Void) {
        state.withLock { $0.observer = observer }
    }

    /// Ends ``changes``.
    func stop() { bell.finish() }

    /// Everything announced so far.
    var overlay: Overlay { state.withLock(\.overlay) }

    /// What has been announced since the last call, for the stream.
    func takeIntake() -> StreamIntake {
        state.withLock { state in
            defer { state.intake = StreamIntake() }
            return state.intake
        }
    }
}
