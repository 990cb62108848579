extension RollupDefinition.Measure.Kind {
    /// How the kinds are written, for messages.
    static let notations = "count, sum, sum numeric(P,S), and count by LABEL"

    /// Reads one of ``notations``; nil for anything else. The words are lower case; the label is taken as it stands.
    init?(notation: String) {
        let words = notation.split(maxSplits: 1, omittingEmptySubsequences: true) { $0 == " " || $0 == "\t" }
        let rest = words.dropFirst().first?.trimmingBlanks() ?? ""
        switch words.first {
        case "count" where rest.isEmpty: self = .count
        case "count":
            let label = rest.split(maxSplits: 1, omittingEmptySubsequences: true) { $0 == " " || $0 == "\t" }
            guard label.count == 2, label[0] == "by" else { return nil }
            self = .countBy(label: label[1].trimmingBlanks())
        case "sum" where rest.isEmpty: self = .sum
        case "sum":
            guard let format = DecimalFormat(rest) else { return nil }
            self = .decimalSum(format)
        default: return nil
        }
    }
}
