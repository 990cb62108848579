#if canImport(Darwin)
import Darwin
#else
import Glibc
#endif

/// What tells whether a file has changed since it was last read, and who may touch it.
struct FileState: Sendable, Equatable {
    var device: UInt64
    var inode: UInt64
    var size: Int64
    var modifiedSeconds: Int64
    var modifiedNanoseconds: Int64
    var mode: UInt32

    var permissions: UInt32 { mode & 0o7777 }
    var octalPermissions: String {
        let digits = String(permissions, radix: 8)
        return String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    }
    var isRegularFile: Bool { mode & UInt32(S_IFMT) == UInt32(S_IFREG) }

    /// The state of the file that `path` leads to, `nil` if there is none.
    init?(path: String) {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        self.init(status)
    }

    init(_ status: stat) {
        device = UInt64(truncatingIfNeeded: status.st_dev)
        inode = UInt64(status.st_ino)
        size = Int64(status.st_size)
        #if canImport(Darwin)
        let modified = status.st_mtimespec
        #else
        let modified = status.st_mtim
        #endif
        modifiedSeconds = Int64(modified.tv_sec)
        modifiedNanoseconds = Int64(modified.tv_nsec)
        mode = UInt32(status.st_mode)
    }
}

/// A small file, read at once. State and bytes are of the same file, whatever happens to its name meanwhile.
struct FileContent {
    let state: FileState
    let bytes: [UInt8]

    var text: String { String(decoding: bytes, as: UTF8.self) }

    init(path: String, limit: Int) throws(AccessError) {
        // Without O_NONBLOCK, a pipe under this name would hold the caller until somebody writes to it.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw .unreadable(path: path, reason: Self.lastReason) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw .unreadable(path: path, reason: Self.lastReason) }
        // Taken before reading: a write that comes in between makes the state differ at the next look.
        state = FileState(status)
        guard state.isRegularFile else { throw .notAFile(path: path) }
        var content: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 16_384)
        while true {
            let count = read(descriptor, &chunk, chunk.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw .unreadable(path: path, reason: Self.lastReason) }
            guard count > 0 else { break }
            content += chunk[..<count]
            guard content.count <= limit else { throw .tooLarge(path: path, limit: limit) }
        }
        bytes = content
    }

    private static var lastReason: String { String(cString: strerror(errno)) }
}
