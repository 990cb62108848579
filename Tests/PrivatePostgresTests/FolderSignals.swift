import Dispatch

#if canImport(Darwin)
import Darwin
#else
import Glibc
#endif

/// Returns when nobody holds the lock of a cluster's folder any more: its owner and its watchdog have both ended.
func waitUntilReleased(_ directory: String) async throws {
    await withCheckedContinuation { (done: CheckedContinuation<Void, Never>) in
        DispatchQueue(label: "wait-until-released").async {
            let lock = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
            if lock >= 0 {
                while flock(lock, LOCK_EX) == -1 && errno == EINTR {}
                close(lock)
            }
            done.resume()
        }
    }
}

/// The text of a small file; nil when it cannot be read.
func text(of path: String) -> String? {
    guard let file = fopen(path, "r") else { return nil }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 65_536)
    while case let count = fread(&chunk, 1, chunk.count, file), count > 0 { bytes += chunk[..<count] }
    return String(decoding: bytes, as: UTF8.self)
}
