import CoreMetrics
import Testing

@testable import DaybookServer

/// What swift-metrics' metrics become as text.
struct PrometheusRegistryTests {
    private static let dropped = """
        # HELP daybook_metrics_dropped_total Observations dropped because there were too many series, or their labels were not valid.
        # TYPE daybook_metrics_dropped_total counter
        daybook_metrics_dropped_total
        """

    @Test func exactText() {
        let registry = PrometheusRegistry([
            .init("b_seconds", .histogram(buckets: [0.1, 1, 2.5]), help: "Two\nlines and a \\."),
            .init("unused", .gauge, help: "Has no series, so it is not written."),
        ])
        let factory = PrometheusMetricsFactory(registry)
        let counter = Counter(label: "a.requests", dimensions: [("path", "/x"), ("code", "200")], factory: factory)
        counter.increment(by: 3)
        counter.increment(by: -2)
        FloatingPointCounter(label: "a.requests", dimensions: [("code", "200"), ("path", "/x")], factory: factory)
            .increment(by: 0.5)
        Counter(label: "a.requests", dimensions: [("path", "/"), ("code", "404")], factory: factory).increment()
        let timer = Timer(label: "b", factory: factory)
        for seconds in [0.1, 0.25, 3] { timer.recordSeconds(seconds) }
        let gauge = Gauge(label: "c", factory: factory)
        gauge.record(-1.5)
        let meter = Meter(label: "d", factory: factory)
        meter.set(7)
        meter.increment(by: 2)
        meter.decrement(by: 0.5)
        #expect(
            registry.text() == """
                # HELP a_requests_total Not described.
                # TYPE a_requests_total counter
                a_requests_total{code="200",path="/x"} 3.5
                a_requests_total{code="404",path="/"} 1
                # HELP b_seconds Two\\nlines and a \\\\.
                # TYPE b_seconds histogram
                b_seconds_bucket{le="0.1"} 1
                b_seconds_bucket{le="1"} 2
                b_seconds_bucket{le="2.5"} 2
                b_seconds_bucket{le="+Inf"} 3
                b_seconds_sum 3.35
                b_seconds_count 3
                # HELP c Not described.
                # TYPE c gauge
                c -1.5
                # HELP d Not described.
                # TYPE d gauge
                d 8.5
                \(Self.dropped) 0

                """)
    }

    @Test func labelsOfAHistogram() {
        let registry = PrometheusRegistry([.init("h", .histogram(buckets: [1]), help: "H.")])
        let recorder = Recorder(label: "h", dimensions: [("stage", "x")], factory: PrometheusMetricsFactory(registry))
        recorder.record(1)
        recorder.record(Double.nan)
        recorder.record(Double.infinity)
        #expect(registry.text().contains(#"h_bucket{stage="x",le="1"} 1"# + "\n" + #"h_bucket{stage="x",le="+Inf"} 1"#))
        #expect(registry.text().contains(#"h_sum{stage="x"} 1"# + "\n" + #"h_count{stage="x"} 1"#))
    }

    @Test(
        arguments: [
            (#"a"b"#, #"a\"b"#), (#"a\b"#, #"a\\b"#), ("a\nb", #"a\nb"#), ("a\r\nb", "a\r\\nb"), (#"\n"#, #"\\n"#),
            ("\n\u{301}", "\\n\u{301}"), (#""\#u{301}"#, #"\""# + "\u{301}"), ("漢🙂", "漢🙂"), ("", ""), ("{}", "{}"),
        ])
    func escapesValues(_ value: String, _ escaped: String) {
        let registry = PrometheusRegistry()
        Counter(label: "x", dimensions: [("l", value)], factory: PrometheusMetricsFactory(registry)).increment()
        #expect(registry.text().utf8.elementsEqual(expected(escaped).utf8))

        func expected(_ escaped: String) -> String {
            """
            \(Self.dropped) 0
            # HELP x_total Not described.
            # TYPE x_total counter
            x_total{l="\(escaped)"} 1

            """
        }
    }

    @Test(
        arguments: [
            ("hb.requests", "hb_requests"), ("1st", "_1st"), ("", "_"), ("a b\nc\"", "a_b_c_"), ("é", "_"),
            ("a:b", "a:b"),
        ])
    func names(_ label: String, _ name: String) {
        #expect(MetricName.metric(label) == name)
        #expect(MetricName.counter(label) == name + "_total")
        #expect(MetricName.counter(name + "_total") == name + "_total")
        #expect(MetricName.timer(name + "_seconds") == name + "_seconds")
        #expect(MetricName.label("a:b") == "a_b")
    }

    @Test(
        arguments: [
            (0, "0"), (-0.0, "0"), (3, "3"), (-3, "-3"), (0.1, "0.1"), (1e-7, "1e-07"), (1e15, "1000000000000000"),
            (1e300, "1e+300"),
            (.infinity, "+Inf"), (-.infinity, "-Inf"), (.nan, "NaN"), (1_800_000_000.25, "1800000000.25"),
        ] as [(Double, String)])
    func numbers(_ value: Double, _ text: String) {
        #expect(PrometheusText.number(value) == text)
    }

    @Test func boundedSeries() {
        let registry = PrometheusRegistry(seriesLimit: 11)
        let factory = PrometheusMetricsFactory(registry)
        for index in 0..<30 {
            Counter(label: "x", dimensions: [("i", "\(index)")], factory: factory).increment(by: 5)
        }
        #expect(registry.text().split(separator: "\n").count { $0.hasPrefix("x_total") } == 10)
        #expect(registry.text().contains("daybook_metrics_dropped_total 20\n"))
        // One that exists goes on.
        Counter(label: "x", dimensions: [("i", "3")], factory: factory).increment()
        #expect(registry.text().contains(#"x_total{i="3"} 6"#))
        // One that is destroyed makes room.
        Counter(label: "x", dimensions: [("i", "3")], factory: factory).destroy()
        Meter(label: "y", factory: factory).set(1)
        #expect(registry.text().contains("\ny 1\n") && !registry.text().contains(#"i="3""#))
        #expect(registry.text().contains("daybook_metrics_dropped_total 20\n"))
    }

    @Test func whatCannotBeIsDropped() {
        let registry = PrometheusRegistry()
        let factory = PrometheusMetricsFactory(registry)
        Counter(label: "x_total", factory: factory).increment()
        Gauge(label: "x_total", factory: factory).record(1)
        Meter(label: "x_total", dimensions: [("a", "b")], factory: factory).set(1)
        Recorder(label: "y", dimensions: [("le", "1")], factory: factory).record(1)
        Timer(label: "y", dimensions: [("a.b", "1"), ("a_b", "2")], factory: factory).recordSeconds(1)
        FloatingPointCounter(
            label: "y", dimensions: [("a", String(repeating: "x", count: SeriesLabels.maximumValueBytes + 1))],
            factory: factory
        ).increment()
        Counter(label: "y", dimensions: (0...SeriesLabels.maximumLabels).map { ("l\($0)", "") }, factory: factory)
            .increment()
        #expect(
            registry.text() == """
                \(Self.dropped) 6
                # HELP x_total Not described.
                # TYPE x_total counter
                x_total 1

                """)
    }

    /// Writers on every thread while the text is taken: nothing is lost, and no text shows a histogram that does not add up.
    @Test func concurrency() async {
        let registry = PrometheusRegistry([.init("h", .histogram(buckets: [1, 2]), help: "H.")])
        let factory = PrometheusMetricsFactory(registry)
        await withTaskGroup { group in
            for writer in 0..<8 {
                group.addTask {
                    for index in 0..<500 {
                        Counter(label: "c", dimensions: [("w", "\(writer % 2)")], factory: factory).increment()
                        Recorder(label: "h", factory: factory).record(index % 3)
                        Meter(label: "g", factory: factory).increment(by: 1)
                    }
                }
            }
            for _ in 0..<4 {
                group.addTask {
                    for _ in 0..<50 {
                        let values = Self.values(registry.text())
                        #expect(values[#"h_bucket{le="+Inf"}"#] == values["h_count"])
                    }
                }
            }
        }
        let values = Self.values(registry.text())
        #expect(values[#"c_total{w="0"}"#] == 2000 && values[#"c_total{w="1"}"#] == 2000)
        #expect(values["h_count"] == 4000 && values["g"] == 4000 && values[PrometheusRegistry.droppedName] == 0)
    }

    private static func values(_ text: String) -> [String: Double] {
        Dictionary(
            uniqueKeysWithValues: text.split(separator: "\n").filter { !$0.hasPrefix("#") }.map { line in
                let space = line.lastIndex(of: " ")!
                return (String(line[..<space]), Double(line[line.index(after: space)...])!)
            })
    }
}
