/// What a metric is, for the lines `# HELP` and `# TYPE`.
public struct MetricDescription: Sendable, Equatable {
    public enum Kind: Sendable, Equatable {
        case counter, gauge
        /// Upper bounds of the buckets, ascending and finite; the last, `+Inf`, comes by itself.
        case histogram(buckets: [Double])

        /// For durations in seconds of which nothing else is known: 1 ms to 10 s.
        public static let defaultBuckets: [Double] = [
            0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
        ]

        var word: String {
            switch self {
            case .counter: "counter"
            case .gauge: "gauge"
            case .histogram: "histogram"
            }
        }
    }

    public var name: String
    public var kind: Kind
    /// One sentence with its full stop.
    public var help: String

    /// - Parameter name: With its unit, and `_total` for a counter, as Prometheus' conventions ask.
    public init(_ name: String, _ kind: Kind, help: String) {
        self.name = name
        self.kind = kind
        self.help = help
    }
}
