import Daybook
import Foundation

/// The order in which rows are listed: by a column of choice and then by the key, so that no two rows are equal and a page
/// begins exactly where the one before ended. Nulls come last.
struct RowOrder: Sendable {
    private struct Column: Sendable {
        let name: String
        let type: String
        let isDescending: Bool
    }

    /// As the request says it.
    let text: String
    private let columns: [Column]

    static let `default` = "-day"

    static let invalidPosition = APIError.bad(
        "invalid_after", "after has to be what an answer to the same question gave as next.", parameter: "after"
    )

    /// - Throws: 400 for a column that rows cannot be sorted by.
    init(_ requested: String?, of served: ServedRollup) throws(APIError) {
        text = requested ?? Self.default
        let isDescending = text.hasPrefix("-")
        let name = String(isDescending ? text.dropFirst() : text[...])
        let key =
            [Column(name: "day", type: "date", isDescending: false)]
            + served.rollup.dimensions.map { Column(name: $0.name, type: $0.comparisonType, isDescending: false) }
        let numbers =
            served.totals.map { Column(name: $0.name, type: $0.type, isDescending: false) }
            + served.rollup.derived.map { Column(name: $0.name, type: $0.type, isDescending: false) }
        guard let column = (key + numbers).first(where: { $0.name == name }) else {
            throw .bad(
                "invalid_sort",
                "sort has to be one of \((key + numbers).map(\.name).joined(separator: ", ")), "
                    + "with a minus sign in front for the largest first.", parameter: "sort")
        }
        columns =
            [Column(name: column.name, type: column.type, isDescending: isDescending)]
            + key.filter { $0.name != column.name }
    }

    /// What stands behind ORDER BY, over rows called `r`.
    var sql: String {
        columns.map { "r.\($0.name.quotedIdentifier) \($0.isDescending ? "DESC" : "ASC") NULLS LAST" }.commaSeparated
    }

    /// A row's place, as a `text[]`.
    var key: String {
        "ARRAY[\(columns.map { "r.\($0.name.quotedIdentifier)::text" }.commaSeparated)]::text[]"
    }

    /// The condition for rows behind a place.
    func isBehind(_ place: [String?], _ parameters: inout SQLParameters) -> String {
        var condition = "false"
        for (column, value) in zip(columns, place).reversed() {
            let name = "r.\(column.name.quotedIdentifier)"
            // Nothing is behind a null but other nulls.
            guard let value else {
                condition = "\(name) IS NULL AND (\(condition))"
                continue
            }
            let wanted = "\(parameters.add(value))::\(column.type)"
            let behind = "\(name) \(column.isDescending ? "<" : ">") \(wanted) OR \(name) IS NULL"
            condition = "\(behind) OR \(name) = \(wanted) AND (\(condition))"
        }
        return "(\(condition))"
    }

    /// A place as text that nobody has to understand.
    func token(_ place: [String?]) throws -> String {
        let data = try JSONEncoder().encode([text] + place)
        return data.base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }

    /// - Throws: 400 for what ``token(_:)`` has not made for the same order.
    func position(_ token: String) throws(APIError) -> [String?] {
        var base64 = token.replacing("-", with: "+").replacing("_", with: "/")
        base64 += String(repeating: "=", count: (4 - base64.utf8.count % 4) % 4)
        guard let data = Data(base64Encoded: base64), let parts = try? JSONDecoder().decode([String?].self, from: data),
            parts.first == text, parts.count == columns.count + 1,
            !parts.contains(where: { $0?.utf8.contains(0) == true })
        else { throw Self.invalidPosition }
        return Array(parts.dropFirst())
    }
}
