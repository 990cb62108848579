/// The line at which every key of the loaded files stands, so that what the database refuses can be shown where it is
/// written.
public struct DefinitionLines: Sendable, Hashable {
    private var lines: [String: [[String]: Int]] = [:]

    public init() {}

    /// The line of a key, counted from 1, or of the nearest key above it that is written; nil for a file not loaded.
    public func line(of path: [String], in file: String) -> Int? {
        guard let known = lines[file] else { return nil }
        var path = path[...]
        while true {
            if let line = known[Array(path)] { return line }
            if path.popLast() == nil { return nil }
        }
    }

    mutating func record(_ line: Int, of path: [String], in file: String) {
        lines[file, default: [:]][path] = line
    }

    mutating func merge(_ other: DefinitionLines) {
        lines.merge(other.lines) { _, new in new }
    }
}
