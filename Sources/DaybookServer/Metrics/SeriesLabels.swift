/// The labels of one series, in the order of their names.
struct SeriesLabels: Hashable, Sendable, Comparable {
    static let maximumLabels = 16
    static let maximumValueBytes = 1024

    private struct Label: Hashable, Sendable {
        var name: String
        var value: String
    }

    private let labels: [Label]

    /// - Returns: `nil` for labels that no series can have: two of one name, `le`, too many, or a value that is too long.
    init?(_ dimensions: [(String, String)]) {
        let labels = dimensions.map { Label(name: MetricName.label($0.0), value: $0.1) }.sorted { $0.name < $1.name }
        guard labels.count <= Self.maximumLabels, Set(labels.map(\.name)).count == labels.count,
            labels.allSatisfy({ $0.name != "le" && $0.value.utf8.count <= Self.maximumValueBytes })
        else { return nil }
        self.labels = labels
    }

    static func < (left: SeriesLabels, right: SeriesLabels) -> Bool { left.text() < right.text() }

    /// `{name="value",…}`, nothing without labels. The label `le` of a bucket comes last.
    func text(le: String? = nil) -> String {
        let pairs =
            labels.map { "\($0.name)=\"\(PrometheusText.escaped(labelValue: $0.value))\"" }
            + (le.map { ["le=\"\($0)\""] } ?? [])
        return pairs.isEmpty ? "" : "{\(pairs.joined(separator: ","))}"
    }
}
