#if canImport(Darwin)
import Darwin
#else
import Glibc
#endif

/// Small text files, read and written in one go.
enum FileText {
    /// The last `limit` bytes of a file; nil when it cannot be read.
    static func tail(of path: String, limit: Int = 65_536) -> String? {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { close(file) }
        let size = Int(lseek(file, 0, SEEK_END))
        lseek(file, off_t(max(0, size - limit)), SEEK_SET)
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while bytes.count < limit {
            let count = read(file, &chunk, min(chunk.count, limit - bytes.count))
            guard count > 0 else { break }
            bytes += chunk[..<count]
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Adds to a file, which is made if it is not there, readable by nobody but its owner.
    static func append(_ text: String, to path: String, owner: ServerAccount.Owner?) throws {
        let file = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0o600)
        let isWritten =
            file >= 0 && writeAll(Array(text.utf8), to: file)
            && (owner.map { fchown(file, $0.user, $0.group) == 0 } ?? true)
        let reason = String(cString: strerror(errno))
        if file >= 0 { close(file) }
        guard isWritten else {
            throw PrivatePostgresError(
                .systemCall,
                "Could not write \(path): \(reason).",
                remedy: "Check the space and the rights in that folder."
            )
        }
    }

    static func remove(_ path: String) {
        unlink(path)
    }

    private static func writeAll(_ bytes: [UInt8], to file: Int32) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { write(file, $0.baseAddress, $0.count) }
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }
}
