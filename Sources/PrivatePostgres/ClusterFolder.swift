#if canImport(Darwin)
import Darwin
#else
import Glibc
#endif

/// Where a cluster lives: `<temporary folder>/daybook-pg-<random>`, with the data directory, the socket and the logs.
/// The folder is ours and nobody else can write to it; `data` and `socket` belong to the account that runs the server.
struct ClusterFolder: Sendable, Hashable {
    static let namePrefix = "daybook-pg-"
    static let randomLength = 8
    /// The room in a socket's address: 104 bytes with the terminator on macOS, 108 on Linux.
    static let longestSocketPath = 103

    let path: String

    var dataDirectory: String { path + "/data" }
    var socketDirectory: String { path + "/socket" }
    var serverLog: String { path + "/server.log" }
    var toolLog: String { path + "/tool.log" }
    var pidFile: String { dataDirectory + "/postmaster.pid" }

    var exists: Bool { access(path, F_OK) == 0 }

    /// A new name in the temporary folder; nothing is made yet.
    static func unused() -> ClusterFolder {
        let letters = Array("abcdefghijklmnopqrstuvwxyz0123456789")
        let suffix = String((0..<randomLength).map { _ in letters.randomElement()! })
        return ClusterFolder(path: "\(temporaryDirectory())/\(namePrefix)\(suffix)")
    }

    /// Whether a name is one that `unused()` makes.
    static func isOurs(name: String) -> Bool {
        guard name.hasPrefix(namePrefix) else { return false }
        let suffix = name.utf8.dropFirst(namePrefix.utf8.count)
        return suffix.count == randomLength
            && suffix.allSatisfy { (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) }
    }

    /// `TMPDIR` if a socket's path below it is short enough and, for root, the server's account can get there; else `/tmp`.
    static func temporaryDirectory() -> String {
        guard var folder = environmentValue("TMPDIR"), folder.hasPrefix("/") else { return "/tmp" }
        while folder.count > 1 && folder.hasSuffix("/") { folder.removeLast() }
        let tail = "/\(namePrefix)".utf8.count + randomLength + "/socket/.s.PGSQL.65535".utf8.count
        guard folder.utf8.count + tail <= longestSocketPath, folder != "/" else { return "/tmp" }
        return geteuid() != 0 || isOpenToAll(folder) ? folder : "/tmp"
    }

    /// Whether every folder on the way, this one included, lets everybody pass.
    private static func isOpenToAll(_ folder: String) -> Bool {
        var path = ""
        return folder.split(separator: "/").allSatisfy { name in
            path += "/\(name)"
            var status = stat()
            return stat(path, &status) == 0 && status.st_mode & S_IXOTH != 0
        }
    }

    /// Makes the folder and takes its lock, which says that somebody looks after it.
    ///
    /// - Returns: the descriptor that holds the lock (`flock`); it closes on exec.
    func create(for account: ServerAccount) throws -> Int32 {
        // Others may pass through root's folder, as the server's account must; the socket admits only that account.
        try require(mkdir(path, account.owner == nil ? 0o700 : 0o711), "make", path)
        let lock = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        try require(lock, "open", path)
        do {
            try require(flock(lock, LOCK_EX | LOCK_NB), "lock", path)
            for folder in [dataDirectory, socketDirectory] {
                try require(mkdir(folder, 0o700), "make", folder)
                if let owner = account.owner {
                    try require(chown(folder, owner.user, owner.group), "give away", folder)
                }
            }
        } catch {
            close(lock)
            throw error
        }
        return lock
    }

    private func require(_ result: Int32, _ verb: String, _ path: String) throws {
        guard result < 0 else { return }
        throw PrivatePostgresError(
            .systemCall,
            "Could not \(verb) \(path): \(String(cString: strerror(errno))).",
            remedy: "Check the space and the rights in \(Self.temporaryDirectory()), or set TMPDIR to another folder."
        )
    }
}
