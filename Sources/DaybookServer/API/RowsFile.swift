import Daybook
import HTTPTypes
import Hummingbird
import Logging
import PostgresClient

/// Rows as a file of comma-separated values (RFC 4180), written while they are read, so that its length costs no memory.
///
/// A spreadsheet takes text that begins with `=`, `+`, `-`, `@`, a tab or a carriage return for a formula. Such text gets an
/// apostrophe in front; numbers stay as they are.
struct RowsFile: Sendable {
    let served: ServedRollup
    let question: RowsQuestion
    let range: DayRange
    let filters: [DimensionFilter]
    let model: ReadModel
    let logger: Logger

    /// The longest an export may take, in seconds.
    private static let patience = 1800

    var response: Response {
        let name = served.rollup.name.map { $0.isLetter || $0.isNumber || $0 == "_" || $0 == "." ? $0 : "_" }
        return Response(
            status: .ok,
            headers: [
                .contentType: "text/csv; charset=utf-8; header=present", .cacheControl: "private, no-cache",
                .contentDisposition: "attachment; filename=\"\(String(name.filter(\.isASCII))).csv\"",
            ],
            body: ResponseBody(writing: { try await writeOrTell(to: $0) })
        )
    }

    /// The answer has begun, so that all the client sees of an error is a file that is cut off.
    private func writeOrTell(to writer: BodyWriter) async throws {
        do {
            try await write(to: writer)
        } catch let error as PostgresError {
            logger.error("a file was cut off", metadata: ["rollup": "\(served.rollup.name)", "because": "\(error)"])
            throw error
        }
    }

    private func write(to writer: BodyWriter) async throws {
        try await writer.write(served.columns.map { Self.field($0, isText: true) }.csvLine)
        let texts = served.columns.map { name in
            served.rollup.dimensions.contains { $0.name == name && $0.isText }
                || served.rollup.derived.contains { $0.name == name && !$0.isNumber }
                || served.rollup.measures.contains { $0.name == name && $0.isText }
        }
        let columns = served.columns.map { "r.\($0.quotedIdentifier)::text" }.commaSeparated
        try await model.read(served) { reading in
            try await reading.allow(Self.patience)
            let days = try range.resolved(today: reading.moment.today, isLimited: false)
            try await reading.stream(days: days, filters: filters) { parameters in
                """
                SELECT \(columns) FROM merged AS r ORDER BY \(question.order.sql)
                \(question.limit.map { "LIMIT \(parameters.add($0))" } ?? "")
                """
            } _: { rows in
                while let batch = try await rows.next() {
                    var buffer = ByteBuffer()
                    for row in batch {
                        let fields = try texts.enumerated().map { index, isText in
                            try row.decode(String?.self, at: index).map { Self.field($0, isText: isText) } ?? ""
                        }
                        buffer.writeString(fields.csvLine)
                    }
                    try await writer.write(buffer)
                }
            }
        }
    }

    /// An empty text is quoted, so that it is not taken for the null that an empty field is.
    static func field(_ text: String, isText: Bool) -> String {
        var text = text
        if isText, let first = text.utf8.first, "=+-@\t\r".utf8.contains(first) { text = "'" + text }
        let needsQuotes = text.isEmpty || text.utf8.contains { $0 == 0x22 || $0 == 0x2C || $0 == 0x0A || $0 == 0x0D }
        return needsQuotes ? "\"" + text.replacing("\"", with: "\"\"") + "\"" : text
    }
}

extension Sequence<String> {
    /// A record with its end.
    fileprivate var csvLine: String { joined(separator: ",") + "\r\n" }
}
