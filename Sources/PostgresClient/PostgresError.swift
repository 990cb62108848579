/// What went wrong between this process and a Postgres server.
///
/// `description` is fit for logs: it holds the message, the SQLSTATE and the hint, and never a value of a row. Where the
/// server's own message quotes values (SQLSTATE class 22), the description names the condition instead. The server's
/// full words stay in ``message`` and ``detail``, for a caller that knows it may show them.
public struct PostgresError: Error, Sendable, CustomStringConvertible {
    public enum Code: String, Sendable, Hashable {
        /// No session came about: wrong address, no server, refused, wrong password.
        case connectionFailed
        /// The session is gone. What it had not committed is undone; see also ``commitOutcomeUnknown``.
        case connectionLost
        /// The connection was closed before this call.
        case closed
        /// The server refused the statement; see ``PostgresError/sqlState``. The connection stays usable.
        case server
        /// A deadline of this client passed.
        case timedOut
        /// A value of the server does not fit the Swift type that was asked for.
        case decoding
        /// A value of this program cannot be sent to the server.
        case encoding
        /// The server answered with something that this call does not expect.
        case protocolViolation
        /// COMMIT was sent and the link was lost before its answer: the transaction may or may not have happened.
        case commitOutcomeUnknown
        case serverTooOld
        /// The server is a standby, in recovery.
        case notPrimary
        /// A pooler sits between this process and its session.
        case notDirect
    }

    public var code: Code
    /// What is wrong and what to do; for ``Code/server`` the server's primary message, which may quote values.
    public var message: String
    /// The five characters of the server's condition, for example `23505`.
    public var sqlState: String?
    /// The server's detail, which usually quotes values.
    public var detail: String?
    public var hint: String?
    public var schema: String?
    public var table: String?
    public var column: String?
    public var constraint: String?
    public var datatype: String?
    /// In a pipeline, the index of the statement that failed.
    public var statementIndex: Int?
    public var underlying: (any Error)?
    /// Where in this client the error was made.
    public var file: String
    public var line: Int

    public init(
        _ code: Code,
        _ message: String,
        sqlState: String? = nil,
        detail: String? = nil,
        hint: String? = nil,
        column: String? = nil,
        underlying: (any Error)? = nil,
        file: String = #fileID,
        line: Int = #line
    ) {
        self.code = code
        self.message = message
        self.sqlState = sqlState
        self.detail = detail
        self.hint = hint
        self.column = column
        self.underlying = underlying
        self.file = file
        self.line = line
    }

    public var description: String {
        var text = sqlState.flatMap(SQLState.valueFreeText(of:)) ?? message
        if let sqlState { text += " (SQLSTATE \(sqlState))" }
        if let statementIndex { text += " [statement \(statementIndex) of the pipeline]" }
        if let hint { text += " Hint: \(hint)" }
        return text
    }
}
