#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// A bar on standard error, where that is a terminal; nothing otherwise.
struct ProgressBar {
    private static let width = 30
    let isVisible = isatty(STDERR_FILENO) == 1
    private var hasDrawn = false

    mutating func show(_ label: String, done: Int, of total: Int) {
        guard isVisible, total > 0 else { return }
        let filled = Self.width * done / total
        let bar = String(repeating: "#", count: filled) + String(repeating: ".", count: Self.width - filled)
        draw("\r\u{1B}[K\(label)  [\(bar)]  \(done.grouped) of \(total.grouped) days")
        hasDrawn = true
    }

    /// Removes the bar.
    mutating func finish() {
        if hasDrawn { draw("\r\u{1B}[K") }
        hasDrawn = false
    }

    private func draw(_ text: String) {
        _ = Array(text.utf8).withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }
}
