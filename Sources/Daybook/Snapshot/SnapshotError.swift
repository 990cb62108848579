/// A snapshot file could not be read or written, for a reason outside of the file's content.
///
/// Nothing half-done is left: the file is as it was, or as it was to become.
package struct SnapshotError: Error, Sendable, CustomStringConvertible {
    package enum Code: String, Sendable, Hashable {
        /// The folder or a file in it cannot be written.
        case unwritable
        /// A file is there and cannot be read.
        case unreadable
        /// Another process holds the file.
        case busy
        /// A row that no file can hold: a number beyond 64 bits, a text that is not UTF-8 or contains NUL.
        case cannotHold
    }

    package var code: Code
    /// What is wrong and what to do; no value of a row.
    package var message: String
    package var underlying: (any Error)?
    package var file: String
    package var line: Int

    package init(
        _ code: Code, _ message: String, underlying: (any Error)? = nil, file: String = #fileID, line: Int = #line
    ) {
        self.code = code
        self.message = message
        self.underlying = underlying
        self.file = file
        self.line = line
    }

    package var description: String { message }
}
