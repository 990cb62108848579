/// How the pages write a column's name: `total_views` as `Total views`, `user_id` as `User ID`. The same as `title` in
/// `format.js`.
struct ColumnTitle: Sendable, Hashable, CustomStringConvertible {
    private static let abbreviations: Set = ["id", "url", "ip", "ai", "api"]

    let description: String

    init(_ name: String) {
        let words = name.split { $0 == "_" || $0 == "-" || $0 == " " }.map { word in
            Self.abbreviations.contains(word.lowercased()) ? word.uppercased() : String(word)
        }
        let text = words.joined(separator: " ")
        description = text.prefix(1).uppercased() + text.dropFirst()
    }
}
