internal import CLibPQ

/// A notice or warning of the server: not an error, but possibly of interest to an operator.
public struct PostgresNotice: Sendable {
    /// `WARNING`, `NOTICE`, `INFO`, `LOG` or `DEBUG`.
    public let severity: String
    public let sqlState: String
    /// May quote values.
    public let message: String
    public let detail: String?
    public let hint: String?
}

/// Where libpq delivers notices, on the connection's thread.
final class NoticeReceiver {
    private let handler: (@Sendable (PostgresNotice) -> Void)?
    /// The server's parting words, which libpq delivers as a notice when no statement is running.
    private(set) var farewell: PostgresError?

    init(_ handler: (@Sendable (PostgresNotice) -> Void)?) {
        self.handler = handler
    }

    /// The receiver must outlive the connection.
    func attach(to connection: OpaquePointer) {
        PQsetNoticeReceiver(
            connection,
            { context, result in
                guard let context, let result else { return }
                Unmanaged<NoticeReceiver>.fromOpaque(context).takeUnretainedValue().receive(result)
            },
            Unmanaged.passUnretained(self).toOpaque()
        )
    }

    private func receive(_ result: OpaquePointer) {
        let severity = ErrorField.severity.text(of: result) ?? "NOTICE"
        if ErrorField.isFatal(severity) {
            farewell = PostgresError(result: result)
        } else if let handler {
            handler(
                PostgresNotice(
                    severity: severity,
                    sqlState: ErrorField.sqlState.text(of: result) ?? "00000",
                    message: ErrorField.message.text(of: result) ?? "",
                    detail: ErrorField.detail.text(of: result),
                    hint: ErrorField.hint.text(of: result)
                )
            )
        }
    }
}
