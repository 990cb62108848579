#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// The process' environment.
enum Environment {
    /// Nil where the variable is unset or empty.
    static func value(of name: String) -> String? {
        guard let value = getenv(name) else { return nil }
        let text = String(cString: value)
        return text.isEmpty ? nil : text
    }

    static var isTerminal: Bool { isatty(STDOUT_FILENO) == 1 }
}
