import Foundation

/// A resolved rollup as text, so that the next definition can be compared with the installed one.
extension Rollup {
    /// JSON. The same rollup gives the same text; the file it was read from is not part.
    package var declaration: String {
        get throws {
            var rollup = self
            rollup.definition.file = ""
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            return String(decoding: try encoder.encode(rollup), as: UTF8.self)
        }
    }

    /// Reads what ``declaration`` wrote; nil for a text of another version of Daybook.
    package init?(declaration: String) {
        guard let rollup = try? JSONDecoder().decode(Rollup.self, from: Data(declaration.utf8)) else { return nil }
        self = rollup
    }
}
