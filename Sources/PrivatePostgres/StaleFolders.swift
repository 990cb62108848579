#if canImport(Darwin)
import Darwin
#else
import Glibc
#endif

/// Folders of clusters that nobody looks after: owner and watchdog both died before their work was done.
enum StaleFolders {
    /// A folder changed more recently is left alone: its owner may be about to take the lock.
    static let youngestAge = 60

    /// Removes them from `directory`. Only folders of our user and our naming are touched, only if their lock is free, and
    /// not while a server may still run in them.
    static func sweep(_ directory: String) {
        for name in DirectoryListing.names(in: directory) where ClusterFolder.isOurs(name: name) {
            sweep(ClusterFolder(path: "\(directory)/\(name)"))
        }
    }

    private static func sweep(_ folder: ClusterFolder) {
        let lock = open(folder.path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        guard lock >= 0 else { return }
        defer { close(lock) }
        var status = stat()
        guard fstat(lock, &status) == 0, status.st_uid == geteuid() else { return }
        guard time(nil) - status.lastChange > youngestAge else { return }
        guard flock(lock, LOCK_EX | LOCK_NB) == 0, !hasLiveServer(folder) else { return }
        let remover = try? ChildProcess.start(
            Command("/bin/rm", ["-rf", folder.path]),
            files: ChildProcess.Files(),
            group: nil
        )
        _ = remover?.waitForExit(within: .seconds(30))
    }

    private static func hasLiveServer(_ folder: ClusterFolder) -> Bool {
        guard let pid = PidFile(at: folder)?.pid else { return false }
        return kill(pid, 0) == 0 || errno == EPERM
    }
}

extension stat {
    /// The time of the last change to the file's content, in seconds since 1970.
    fileprivate var lastChange: time_t {
        #if canImport(Darwin)
        st_mtimespec.tv_sec
        #else
        st_mtim.tv_sec
        #endif
    }
}
