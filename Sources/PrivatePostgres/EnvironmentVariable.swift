#if canImport(Darwin)
import Darwin
#else
import Glibc
#endif

/// The value of an environment variable; nil when it is not set.
func environmentValue(_ name: String) -> String? {
    getenv(name).map { String(cString: $0) }
}
