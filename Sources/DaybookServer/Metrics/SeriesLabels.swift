/// The labels of one series, in the order of their names.
struct SeriesLabels: Hashable, Sendable, Comparable {
    static let maximumLabels = 16
    static let maximumValueBytes = 1024

    /// `name="value",…`
    private let pairs: String

    /// - Returns: `nil` for labels that no series can have: two of one name, `le`, too many, or a value that is too long.
    init?(_ dimensions: [(String, String)]) {
        let labels = dimensions.map { (name: MetricName.label($0.0), value: $0.1) }.sorted { $0.name < $1.name }
        guard labels.count <= Self.maximumLabels, Set(labels.map(\.name)).count == labels.count,
            labels.allSatisfy({ $0.name != "le" && $0.value.utf8.count <= Self.maximumValueBytes })
        else { return nil }
        pairs = labels.map { "\($0.name)=\"\(PrometheusText.escaped(labelValue: $0.value))\"" }.joined(separator: ",")
    }

    static func < (left: SeriesLabels, right: SeriesLabels) -> Bool { left.pairs < right.pairs }

    /// `{name="value",…}`, nothing without labels. The label `le` of a bucket comes last.
    func text(le: String? = nil) -> String {
        guard let le else { return pairs.isEmpty ? "" : "{\(pairs)}" }
        return "{\(pairs)\(pairs.isEmpty ? "" : ",")le=\"\(le)\"}"
    }
}
