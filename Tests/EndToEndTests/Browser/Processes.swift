import Foundation

/// The processes of this machine.
enum Processes {
    /// Whether the command line of any names the text, chromedriver's own aside.
    static func anyNames(_ text: String) -> Bool {
        let files = try? FileManager.default.contentsOfDirectory(atPath: "/proc")
        return (files ?? []).contains { name in
            guard Int(name) != nil, let line = FileManager.default.contents(atPath: "/proc/\(name)/cmdline") else {
                return false
            }
            return String(decoding: line, as: UTF8.self).contains(text)
        }
    }
}
