#if canImport(Darwin)
import Darwin
#else
import Glibc
#endif

/// What `postmaster.pid` says: the server's process id in the first line, its readiness in the eighth.
struct PidFile: Sendable, Hashable {
    let pid: pid_t
    /// Whether the server accepts connections: recovery is over, or it is a standby that can be read.
    let isReady: Bool

    init?(_ text: String) {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        guard let first = lines.first, let pid = pid_t(first), pid > 0 else { return nil }
        self.pid = pid
        isReady = lines.count > 7 && (lines[7].hasPrefix("ready") || lines[7].hasPrefix("standby"))
    }

    init?(at folder: ClusterFolder) {
        guard let text = FileText.tail(of: folder.pidFile) else { return nil }
        self.init(text)
    }
}
