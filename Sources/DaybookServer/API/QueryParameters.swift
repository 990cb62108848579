import Foundation

/// The parameters of a request's query, each to be taken once; what is left over at the end is a mistake.
struct QueryParameters: Sendable {
    private var values: [(name: String, value: String)] = []

    /// More than anybody needs.
    static let limit = 64

    /// - Parameter query: what stands behind the question mark, as sent.
    /// - Throws: 400 for what is no query, or names a parameter twice.
    init(_ query: String?) throws(APIError) {
        for pair in (query ?? "").split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = Self.decoded(parts[0]), let value = Self.decoded(parts.count > 1 ? parts[1] : "") else {
                throw .bad(
                    "invalid_query",
                    "The query holds text that is not percent-encoded UTF-8, or a zero byte. Encode each name and value.",
                    parameter: nil
                )
            }
            guard !values.contains(where: { $0.name == name }) else {
                throw .bad(
                    "repeated_parameter", "The parameter is given more than once. Give it once.",
                    parameter: Self.shown(name))
            }
            values.append((name, value))
            guard values.count <= Self.limit else {
                throw .bad("invalid_query", "The query has more than \(Self.limit) parameters.", parameter: nil)
            }
        }
    }

    var names: [String] { values.map(\.name) }

    mutating func take(_ name: String) -> String? {
        guard let index = values.firstIndex(where: { $0.name == name }) else { return nil }
        return values.remove(at: index).value
    }

    /// A whole number within bounds.
    mutating func take(_ name: String, in range: ClosedRange<Int>, default: Int) throws(APIError) -> Int {
        guard let text = take(name) else { return `default` }
        guard let number = Int(text), range.contains(number) else {
            throw .bad(
                "invalid_\(name)",
                "\(name) has to be a whole number from \(range.lowerBound) to \(range.upperBound).", parameter: name)
        }
        return number
    }

    /// One of some words.
    mutating func take(_ name: String, oneOf words: [String]) throws(APIError) -> String? {
        guard let text = take(name) else { return nil }
        guard words.contains(text) else {
            throw .bad("invalid_\(name)", "\(name) has to be \(words.joined(separator: " or ")).", parameter: name)
        }
        return text
    }

    /// - Throws: 400 naming the first parameter that nobody has taken.
    func requireNoneLeft(known: [String], dimensions: [String]) throws(APIError) {
        guard let name = values.first?.name else { return }
        let isDimension = !dimensions.isEmpty
        let list = (known + dimensions).joined(separator: ", ")
        throw .bad(
            isDimension ? "unknown_dimension" : "unknown_parameter",
            isDimension
                ? "There is neither a parameter nor a dimension of this name. Known here: \(list)."
                : "There is no parameter of this name. Known here: \(list.isEmpty ? "none" : list).",
            parameter: Self.shown(name)
        )
    }

    /// A name from outside, short enough to be told back.
    private static func shown(_ name: String) -> String { String(name.prefix(100)) }

    private static func decoded(_ text: Substring) -> String? {
        guard let decoded = text.replacing("+", with: " ").removingPercentEncoding, !decoded.utf8.contains(0) else {
            return nil
        }
        return decoded
    }
}
