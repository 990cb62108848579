internal import Synchronization

#if canImport(Darwin)
internal import Darwin
#elseif canImport(Musl)
internal import Musl
#else
internal import Glibc
#endif

/// Wakes the thread that waits in `poll` for the server: when its task is cancelled, and when a cancel request is done.
final class Interrupt: Sendable {
    struct Signals: Sendable, Equatable {
        /// The call in progress is to be cancelled.
        var isCancelled = false
        /// A cancel request has returned since the last look.
        var hasRequestReturned = false
    }

    private struct State {
        var call: UInt64 = 0
        var isArmed = false
        var signals = Signals()
    }

    /// To be watched for input together with the socket.
    let wakeEnd: Int32
    private let signalEnd: Int32
    private let state = Mutex(State())

    init() throws {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else {
            throw PostgresError(
                .connectionFailed,
                "No pipe could be made (errno \(errno)); raise the limit of open files."
            )
        }
        for end in ends {
            _ = fcntl(end, F_SETFL, fcntl(end, F_GETFL) | O_NONBLOCK)
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
        }
        wakeEnd = ends[0]
        signalEnd = ends[1]
    }

    deinit {
        close(wakeEnd)
        close(signalEnd)
    }

    /// Begins a call; what it returns names the call to ``cancel(_:)``.
    func arm() -> UInt64 {
        state.withLock { state in
            state.call += 1
            state.isArmed = true
            state.signals.isCancelled = false
            return state.call
        }
    }

    /// Ends the call; a later ``cancel(_:)`` of it does nothing.
    func disarm() {
        state.withLock { state in
            state.isArmed = false
            state.signals.isCancelled = false
        }
    }

    /// From any thread, at any time.
    func cancel(_ call: UInt64) {
        signal { state in
            guard state.isArmed, state.call == call else { return false }
            state.signals.isCancelled = true
            return true
        }
    }

    /// From the thread that sent the cancel request.
    func requestReturned() {
        signal { state in
            state.signals.hasRequestReturned = true
            return true
        }
    }

    /// What has come in since the last look.
    func take() -> Signals {
        var bytes: UInt64 = 0
        while read(wakeEnd, &bytes, 8) > 0 {}
        return state.withLock { state in
            defer { state.signals = Signals() }
            return state.signals
        }
    }

    private func signal(_ change: (inout State) -> Bool) {
        // Written under the lock, so that nobody can take the signal and leave its byte behind.
        state.withLock { state in
            guard change(&state) else { return }
            var byte: UInt8 = 1
            _ = write(signalEnd, &byte, 1)
        }
    }
}
