/// What went wrong with a private cluster, and what to do about it.
///
/// `description` is the message and the remedy, each a sentence; it never contains a row's values.
public struct PrivatePostgresError: Error, Sendable, CustomStringConvertible {
    /// The kinds of failure a caller may want to tell apart.
    public enum Code: Sendable, Hashable {
        /// No folder with `initdb`, `postgres` and `psql` was found.
        case binariesNotFound
        /// The process runs as root and there is no account that may run the server.
        case noServerAccount
        /// A folder, a pipe or a process could not be made.
        case systemCall
        /// `initdb` failed.
        case initializationFailed
        /// The server ended, or did not accept connections, within the time it is given.
        case startFailed
        /// The server did not end within the time it is given.
        case stopFailed
        /// The cluster is not in a state in which this can be done.
        case wrongState
        /// A statement run through `psql` failed.
        case statementFailed
    }

    public let code: Code
    /// One sentence that says what is wrong.
    public let message: String
    /// One sentence that says what to do.
    public let remedy: String
    public let file: String
    public let line: Int

    public init(_ code: Code, _ message: String, remedy: String, file: String = #fileID, line: Int = #line) {
        self.code = code
        self.message = message
        self.remedy = remedy
        self.file = file
        self.line = line
    }

    public var description: String { "\(message) \(remedy)" }
}
