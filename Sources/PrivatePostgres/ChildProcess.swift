import Dispatch
import Synchronization

#if canImport(Darwin)
import Darwin
#else
import Glibc
#endif

/// A process that we started. Not `Sendable`: the cluster's actor waits for it, nobody else.
///
/// It is reaped the moment it ends, by a thread of its own: a child left defunct would keep whoever waits for any child of
/// this process (Swift Testing's exit tests do) from seeing the others.
final class ChildProcess {
    let pid: pid_t
    private let end: End

    /// How it ended, once it has.
    private final class End: Sendable {
        let waitStatus = Mutex<Int32?>(nil)
    }

    init(pid: pid_t) {
        self.pid = pid
        let end = End()
        self.end = end
        DispatchQueue(label: "child process \(pid)").async {
            var status: Int32 = 0
            var answer = waitpid(pid, &status, 0)
            while answer == -1 && errno == EINTR { answer = waitpid(pid, &status, 0) }
            // No such child: somebody else has waited for it, or SIGCHLD is ignored. It is over either way.
            let last = answer == pid ? status : 0
            end.waitStatus.withLock { $0 = last }
        }
    }

    /// Nil while it runs; else its exit code, or 128 + the signal that ended it.
    func exitCode() -> Int32? {
        end.waitStatus.withLock(\.self).map { status in
            let signal = status & 0x7F
            return signal == 0 ? (status >> 8) & 0xFF : 128 + signal
        }
    }

    /// Blocks until the process has ended, `limit` at most. Nil when it still runs then.
    func waitForExit(within limit: Duration) -> Int32? {
        Deadline(limit).poll { exitCode() }
    }

    func signal(_ signal: Int32) {
        guard exitCode() == nil else { return }
        kill(pid, signal)
    }
}

/// A limit to a wait for something that can only be asked for.
struct Deadline {
    private let clock = ContinuousClock()
    private let end: ContinuousClock.Instant

    init(_ limit: Duration) {
        end = clock.now.advanced(by: limit)
    }

    /// Blocks, asking every two milliseconds, until there is an answer or the time is over (nil).
    func poll<Answer>(_ ask: () throws -> Answer?) rethrows -> Answer? {
        while true {
            if let answer = try ask() { return answer }
            if clock.now >= end { return nil }
            usleep(2_000)
        }
    }
}
