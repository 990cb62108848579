#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// The machine and the process, as the register of daemons names them.
enum Host {
    static var processID: Int32 { getpid() }

    static var name: String {
        var buffer = [CChar](repeating: 0, count: 256)
        guard gethostname(&buffer, buffer.count - 1) == 0 else { return "unknown" }
        return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
