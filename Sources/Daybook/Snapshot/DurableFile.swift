#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// Files and folders as they have to be handled to survive a crash.
enum DurableFile {
    static let journalSuffix = "-journal"

    static func exists(_ path: String) -> Bool {
        var status = stat()
        return lstat(path, &status) == 0
    }

    /// In bytes; nil when there is no plain file of that name.
    static func size(_ path: String) -> Int? {
        var status = stat()
        guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
        return Int(status.st_size)
    }

    /// Makes the folder and those above it where they are missing, and makes sure that files can be made in it.
    static func createFolder(_ path: String) throws(SnapshotError) {
        if !exists(path) {
            let parent = folder(of: path)
            if parent != path { try createFolder(parent) }
            guard mkdir(path, 0o777) == 0 || errno == EEXIST else { throw failure(.unwritable, "create", path) }
            try sync(parent)
        }
        guard access(path, W_OK | X_OK) == 0 else { throw failure(.unwritable, "write into", path) }
        var status = stat()
        guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
            throw SnapshotError(.unwritable, "\(path) is not a folder. Name another folder for the snapshots.")
        }
    }

    /// Puts a finished file in the place of another: afterwards either the old or the new one is there, whatever
    /// happens.
    static func move(_ path: String, to target: String) throws(SnapshotError) {
        try sync(path)
        guard rename(path, target) == 0 else { throw failure(.unwritable, "write", target) }
        try sync(folder(of: target))
    }

    /// Renames without a word about durability.
    static func giveName(_ path: String, to target: String) throws(SnapshotError) {
        guard rename(path, target) == 0 else { throw failure(.unwritable, "rename", path) }
    }

    /// No error when it is not there.
    /// - Returns: whether it was.
    @discardableResult
    static func remove(_ path: String) throws(SnapshotError) -> Bool {
        if unlink(path) == 0 { return true }
        guard errno == ENOENT else { throw failure(.unwritable, "remove", path) }
        return false
    }

    /// Waits until a file's content, or a folder's list of names, is on the disk.
    static func sync(_ path: String) throws(SnapshotError) {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw failure(.unwritable, "open", path) }
        defer { close(file) }
        guard fsync(file) == 0 else { throw failure(.unwritable, "sync", path) }
    }

    static func write(_ text: String, to path: String) throws(SnapshotError) {
        let file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o666)
        guard file >= 0 else { throw failure(.unwritable, "write", path) }
        defer { close(file) }
        let bytes = Array(text.utf8)
        let count = bytes.withUnsafeBytes { Self.writeBytes(file, $0) }
        guard count == bytes.count else { throw failure(.unwritable, "write", path) }
    }

    /// The names in a folder, sorted; none when there is no such folder.
    static func names(in folder: String) throws(SnapshotError) -> [String] {
        guard let directory = opendir(folder) else {
            if errno == ENOENT || errno == ENOTDIR { return [] }
            throw failure(.unreadable, "list", folder)
        }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    static func folder(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    static func failure(_ code: SnapshotError.Code, _ verb: String, _ path: String) -> SnapshotError {
        let reason = String(cString: strerror(errno))
        return SnapshotError(code, "Cannot \(verb) \(path): \(reason). Check the rights, the disk and its space.")
    }

    private static func writeBytes(_ file: Int32, _ bytes: UnsafeRawBufferPointer) -> Int {
        #if canImport(Glibc)
        Glibc.write(file, bytes.baseAddress, bytes.count)
        #else
        Darwin.write(file, bytes.baseAddress, bytes.count)
        #endif
    }
}
