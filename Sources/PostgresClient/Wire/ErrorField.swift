internal import CLibPQ

/// The fields of an error or notice, by the letters of the wire protocol ("Error and Notice Message Fields").
enum ErrorField: UnicodeScalar {
    case severity = "V"
    case sqlState = "C"
    case message = "M"
    case detail = "D"
    case hint = "H"
    case schema = "s"
    case table = "t"
    case column = "c"
    case datatype = "d"
    case constraint = "n"

    func text(of result: OpaquePointer) -> String? {
        PQresultErrorField(result, Int32(rawValue.value)).map { String(cString: $0) }
    }

    /// Whether an error of this severity ends the session.
    static func isFatal(_ severity: String?) -> Bool {
        severity == "FATAL" || severity == "PANIC"
    }
}

extension PostgresError {
    /// Of a failed result: an error of the server, or of the link where the server said nothing.
    init(result: OpaquePointer, file: String = #fileID, line: Int = #line) {
        let sqlState = ErrorField.sqlState.text(of: result)
        let isLinkLost = sqlState == nil || ErrorField.isFatal(ErrorField.severity.text(of: result))
        let text = ErrorField.message.text(of: result) ?? PQresultErrorMessage(result).map { String(cString: $0) } ?? ""
        self.init(
            isLinkLost ? .connectionLost : .server,
            isLinkLost ? "The connection to the server was lost: \(text.oneLine)" : text,
            sqlState: sqlState,
            detail: ErrorField.detail.text(of: result),
            hint: ErrorField.hint.text(of: result),
            column: ErrorField.column.text(of: result),
            file: file,
            line: line
        )
        schema = ErrorField.schema.text(of: result)
        table = ErrorField.table.text(of: result)
        constraint = ErrorField.constraint.text(of: result)
        datatype = ErrorField.datatype.text(of: result)
    }
}

extension String {
    /// libpq's messages are of several lines and end with a line break.
    var oneLine: String {
        split(whereSeparator: \.isNewline).joined(separator: " ")
    }
}
