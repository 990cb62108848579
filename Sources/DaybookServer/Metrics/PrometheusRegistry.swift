import CoreMetrics
import Synchronization

/// The metrics of this process, and their text for Prometheus.
///
/// It keeps a bounded number of series. Beyond, and for labels that Prometheus cannot have, and for a name that is in use with another
/// kind, what is recorded is dropped and counted in `daybook_metrics_dropped_total`.
public final class PrometheusRegistry: Sendable {
    public static let defaultSeriesLimit = 2_000
    public static let droppedName = "daybook_metrics_dropped_total"

    private struct Family {
        var description: MetricDescription
        var series: [SeriesLabels: any MetricSeries] = [:]
    }

    private struct State {
        var families: [String: Family]
        /// Series of all families together.
        var count: Int
    }

    private let state: Mutex<State>
    private let dropped: CounterSeries
    private let seriesLimit: Int

    /// - Parameters:
    ///   - descriptions: Metrics known beforehand, with their help and buckets. Others are described by their kind alone.
    ///   - seriesLimit: The most series, over all metrics; one of them is `daybook_metrics_dropped_total`.
    public init(_ descriptions: [MetricDescription] = [], seriesLimit: Int = defaultSeriesLimit) {
        precondition(seriesLimit >= 1)
        self.seriesLimit = seriesLimit
        let dropped = CounterSeries()
        self.dropped = dropped
        let own = MetricDescription(
            Self.droppedName, .counter,
            help: "Observations dropped because there were too many series, or their labels were not valid.")
        var known: [String: Family] = [:]
        for description in descriptions + [own] { known[description.name] = Family(description: description) }
        known[Self.droppedName]?.series[SeriesLabels([])!] = dropped
        state = Mutex(State(families: known, count: 1))
    }

    /// All series that exist, by name and then by labels, in the text format 0.0.4.
    public func text() -> String {
        let families = state.withLock { Array($0.families.values) }.filter { !$0.series.isEmpty }
            .sorted { $0.description.name < $1.description.name }
        var text = ""
        for family in families {
            let name = family.description.name
            text += "# HELP \(name) \(PrometheusText.escaped(help: family.description.help))\n"
            text += "# TYPE \(name) \(family.description.kind.word)\n"
            for (labels, series) in family.series.sorted(by: { $0.key < $1.key }) {
                series.append(to: &text, name: name, labels: labels)
            }
        }
        return text
    }

    /// The series of a name and labels, made if it does not exist; `nil` if it cannot be.
    func series<Series: MetricSeries>(
        _ name: String, _ dimensions: [(String, String)], kind: MetricDescription.Kind,
        make: (MetricDescription.Kind) -> Series
    ) -> Series? {
        guard let labels = SeriesLabels(dimensions) else { return nil }
        return state.withLock { state in
            if let existing = state.families[name]?.series[labels] { return existing as? Series }
            var family =
                state.families[name] ?? Family(description: MetricDescription(name, kind, help: "Not described."))
            guard family.description.kind.word == kind.word, state.count < seriesLimit else { return nil }
            let series = make(family.description.kind)
            family.series[labels] = series
            state.families[name] = family
            state.count += 1
            return series
        }
    }

    /// Forgets a series, so that there is room for another.
    func remove(_ series: AnyObject) {
        state.withLock { state in
            for (name, family) in state.families where name != Self.droppedName {
                guard let labels = family.series.first(where: { $0.value === series })?.key else { continue }
                state.families[name]?.series[labels] = nil
                state.count -= 1
            }
        }
    }

    func droppedSeries() -> DroppedSeries { DroppedSeries(dropped) }
}
