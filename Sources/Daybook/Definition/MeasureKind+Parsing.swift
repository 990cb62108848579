extension RollupDefinition.Measure.Kind {
    /// How the kinds are written, for messages.
    static let notations =
        "count, sum, sum numeric(P,S), min TYPE, max TYPE, first TYPE, last TYPE, distinct, and count by LABEL"

    /// Reads one of ``notations``; nil for anything else. The words are lower case; the label is taken as it stands.
    init?(notation: String) {
        let (word, rest) = Self.divided(notation)
        switch word {
        case "count" where rest.isEmpty: self = .count
        case "count":
            let (by, label) = Self.divided(rest)
            guard by == "by", !label.isEmpty else { return nil }
            self = .countBy(label: label)
        case "sum" where rest.isEmpty: self = .sum
        case "sum":
            guard let format = DecimalFormat(rest) else { return nil }
            self = .decimalSum(format)
        case "min", "max":
            guard let type = rest.isEmpty ? .bigint : OrderedType(notation: rest) else { return nil }
            self = word == "min" ? .min(type) : .max(type)
        case "first", "last":
            guard !rest.contains(";"), !rest.contains("?") else { return nil }
            let type = rest.isEmpty ? "text" : rest
            self = word == "first" ? .first(type: type) : .last(type: type)
        case "distinct" where rest.isEmpty: self = .distinct
        default: return nil
        }
    }

    /// The first word, and what stands behind it.
    private static func divided(_ text: String) -> (word: String, rest: String) {
        let parts = text.split(maxSplits: 1, omittingEmptySubsequences: true) { $0 == " " || $0 == "\t" }
        return (parts.first.map(String.init) ?? "", parts.dropFirst().first?.trimmingBlanks() ?? "")
    }
}
