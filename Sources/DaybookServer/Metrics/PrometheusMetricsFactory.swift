public import CoreMetrics

/// Backs swift-metrics with a ``PrometheusRegistry``: pass it to each metric, or to `MetricsSystem.bootstrap` for those of libraries.
///
/// Names become Prometheus': counters end in `_total`, timers are histograms of seconds and end in `_seconds`, a recorder that
/// aggregates is a histogram, one that does not and a meter are gauges. The same name and labels are the same series.
public struct PrometheusMetricsFactory: MetricsFactory {
    private let registry: PrometheusRegistry

    public init(_ registry: PrometheusRegistry) {
        self.registry = registry
    }

    public func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        counter(label, dimensions) ?? registry.droppedSeries()
    }

    public func makeFloatingPointCounter(
        label: String, dimensions: [(String, String)]
    ) -> any FloatingPointCounterHandler {
        counter(label, dimensions) ?? registry.droppedSeries()
    }

    public func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        gauge(label, dimensions) ?? registry.droppedSeries()
    }

    public func makeRecorder(label: String, dimensions: [(String, String)], aggregate: Bool) -> any RecorderHandler {
        if aggregate {
            histogram(MetricName.metric(label), dimensions) ?? registry.droppedSeries()
        } else {
            gauge(label, dimensions) ?? registry.droppedSeries()
        }
    }

    public func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        histogram(MetricName.timer(label), dimensions) ?? registry.droppedSeries()
    }

    public func destroyCounter(_ handler: any CounterHandler) { registry.remove(handler) }
    public func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) { registry.remove(handler) }
    public func destroyMeter(_ handler: any MeterHandler) { registry.remove(handler) }
    public func destroyRecorder(_ handler: any RecorderHandler) { registry.remove(handler) }
    public func destroyTimer(_ handler: any TimerHandler) { registry.remove(handler) }

    private func counter(_ label: String, _ dimensions: [(String, String)]) -> CounterSeries? {
        registry.series(MetricName.counter(label), dimensions, kind: .counter) { _ in CounterSeries() }
    }

    private func gauge(_ label: String, _ dimensions: [(String, String)]) -> GaugeSeries? {
        registry.series(MetricName.metric(label), dimensions, kind: .gauge) { _ in GaugeSeries() }
    }

    private func histogram(_ name: String, _ dimensions: [(String, String)]) -> HistogramSeries? {
        let kind = MetricDescription.Kind.histogram(buckets: MetricDescription.Kind.defaultBuckets)
        return registry.series(name, dimensions, kind: kind) { kind in
            guard case .histogram(let buckets) = kind else { return HistogramSeries(bounds: []) }
            return HistogramSeries(bounds: buckets)
        }
    }
}
