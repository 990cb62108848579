extension RollupDefinition.Measure.Kind {
    /// How the kinds are written, for messages.
    static let notations = "count, sum, and count by LABEL"

    /// Reads `count`, `sum` or `count by LABEL`; nil for anything else. The words are lower case; the label is taken as
    /// it stands.
    init?(notation: String) {
        let words = notation.split(maxSplits: 2, omittingEmptySubsequences: true) { $0 == " " || $0 == "\t" }
        switch (words.first, words.dropFirst().first, words.dropFirst(2).first) {
        case ("count", nil, nil): self = .count
        case ("sum", nil, nil): self = .sum
        case ("count", "by", let label?): self = .countBy(label: label.trimmingBlanks())
        default: return nil
        }
    }
}
