#if canImport(Darwin)
import Darwin
#else
import Glibc
#endif

/// A small `sh` that outlives us by a moment: it reads a pipe whose other end only we hold. When that end closes, because
/// we let go of it or because we died, however that was, it ends the cluster's processes and removes its folder.
///
/// It leads a process group of its own, which `initdb` and `postgres` join. So it needs no message to know what to end,
/// and a Ctrl-C in our terminal does not stop the server before its clients have finished.
final class Watchdog {
    /// Our end of the pipe; nil once it is closed. `initdb` gets a copy, so that the watchdog lets it finish: it and what it
    /// runs do not release their shared memory when they are ended, as the server does.
    private(set) var pipeEnd: Int32?
    private let lock: Int32
    private let process: ChildProcess

    /// The process group of the cluster.
    var group: pid_t { process.pid }

    /// $1 is the folder. Descriptor 3 is the folder's lock, which so is held until this is done. The signals are those that
    /// it sends to its own group, or that a terminal may send. A server gets ten seconds to end; once it has removed its
    /// file, one: a process that nobody waits for would seem alive for ever.
    private static let script = """
        cd /
        trap '' HUP INT QUIT TERM
        while read -r line; do :; done
        kill -s QUIT 0
        pidfile=$1/data/postmaster.pid
        pid=$(head -n 1 "$pidfile" 2>/dev/null)
        tries=0
        while [ -n "$pid" ] && kill -s 0 "$pid" 2>/dev/null; do
            [ -e "$pidfile" ] && limit=500 || limit=50
            [ "$tries" -lt "$limit" ] || break
            tries=$((tries + 1))
            sleep 0.02
        done
        rm -rf "$1" || rm -rf "$1"
        kill -s KILL 0
        """

    /// - Parameter lock: an open descriptor of the folder with its lock; the watchdog closes it in the end.
    init(folder: ClusterFolder, lock: Int32) throws {
        var ends: [Int32] = [-1, -1]
        guard Self.makePipe(&ends) == 0 else {
            let reason = String(cString: strerror(errno))
            close(lock)
            throw PrivatePostgresError(
                .systemCall,
                "A pipe could not be made: \(reason).",
                remedy: "Raise the limit on open files (ulimit -n)."
            )
        }
        defer { close(ends[0]) }
        do {
            process = try ChildProcess.start(
                Command("/bin/sh", ["-c", Self.script, "daybook-pg-watchdog", folder.path]),
                files: ChildProcess.Files(input: ends[0], third: lock),
                group: nil
            )
        } catch {
            close(ends[1])
            close(lock)
            throw error
        }
        pipeEnd = ends[1]
        self.lock = lock
    }

    deinit {
        if let pipeEnd { close(pipeEnd) }
        close(lock)
    }

    /// Has it do its work now, and blocks until it is done. False when that took longer than `limit`.
    func finish(within limit: Duration) -> Bool {
        if let end = pipeEnd {
            pipeEnd = nil
            close(end)
        }
        return process.waitForExit(within: limit) != nil
    }

    /// Both ends close on exec, or another child of ours would keep the pipe open after our death. On Linux a pair of
    /// sockets, which has that from the start.
    private static func makePipe(_ ends: inout [Int32]) -> Int32 {
        #if canImport(Darwin)
        guard pipe(&ends) == 0 else { return -1 }
        return fcntl(ends[0], F_SETFD, FD_CLOEXEC) | fcntl(ends[1], F_SETFD, FD_CLOEXEC)
        #else
        return socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0, &ends)
        #endif
    }
}
