#if canImport(Darwin)
import Darwin
#else
import Glibc
#endif

/// The memory that this process occupies in the machine.
public enum ResidentMemory {
    /// In bytes; `nil` where there is no `/proc`.
    public static var bytes: Int? {
        guard let content = try? FileContent(path: "/proc/self/statm", limit: 4096) else { return nil }
        let fields = content.text.split(separator: " ")
        guard fields.count > 1, let pages = Int(fields[1]) else { return nil }
        return pages * sysconf(Int32(_SC_PAGESIZE))
    }
}
