import Foundation
import HTTPTypes
import Testing

@testable import Daybook
@testable import DaybookServer

/// `/metrics` as Prometheus reads it.
struct MetricsRouteTests {
    @Test("The text parses, and says what the engine does")
    func parses() async throws {
        try await ServerFixture.with { fixture in
            try await fixture.withEngine(flushEvery: .milliseconds(5)) { engine in
                try await fixture.run(GuardedServer.rows("now()"))
                try await fixture.counted(by: engine)
                try await eventually("it is flushed") { !engine.observatory.current.hasUnflushedRows }
                let answer = try await fixture.get("/metrics")
                #expect(answer.headers[.contentType] == "text/plain; version=0.0.4; charset=utf-8")
                let text = try PrometheusReader(answer.body)
                #expect(text.samples["daybook_ready"] == 1)
                #expect(text.samples["daybook_leader"] == 1)
                #expect(text.samples["daybook_events_total"] ?? 0 >= 3)
                #expect(text.samples["daybook_flush_rows_total"] ?? 0 >= 3)
                #expect(text.samples[#"daybook_freshness_seconds_count{stage="published"}"#] ?? 0 >= 1)
                #expect(text.samples[#"daybook_freshness_seconds_count{stage="flushed"}"#] ?? 0 >= 1)
                #expect(text.samples["daybook_memory_bytes"] ?? 0 > 1_000_000)
                #expect(text.samples["daybook_metrics_dropped_total"] == 0)
                #expect(
                    Set(EngineMetrics.catalog.map(\.name)).isSuperset(
                        of: text.kinds.keys.filter {
                            $0 != PrometheusRegistry.droppedName
                        }))
            }
        }
    }
}

/// The text format 0.0.4, strictly.
struct PrometheusReader {
    /// By name and labels as written.
    private(set) var samples: [String: Double] = [:]
    private(set) var kinds: [String: String] = [:]

    struct Malformed: Error, CustomStringConvertible {
        let description: String
    }

    init(_ text: String) throws {
        guard text.hasSuffix("\n") else { throw Malformed(description: "the last line has no end") }
        var buckets: [String: [(bound: Double, count: Double)]] = [:]
        for line in text.split(separator: "\n") {
            if let help = line.wholeMatch(of: /# HELP ([a-zA-Z_:][a-zA-Z0-9_:]*) \S.*/) {
                guard kinds[String(help.output.1)] == nil else { throw Malformed(description: "twice: \(line)") }
            } else if let type = line.wholeMatch(of: /# TYPE ([a-zA-Z_:][a-zA-Z0-9_:]*) (counter|gauge|histogram)/) {
                kinds[String(type.output.1)] = String(type.output.2)
            } else if let sample = line.wholeMatch(
                of: /([a-zA-Z_:][a-zA-Z0-9_:]*)(\{(?:[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\]|\\[\\n"])*",?)*\})? (\S+)/)
            {
                let name = String(sample.output.1)
                let value: Double? = sample.output.3 == "+Inf" ? .infinity : Double(sample.output.3)
                let family = ["", "_bucket", "_sum", "_count"].compactMap { suffix in
                    name.hasSuffix(suffix) ? String(name.dropLast(suffix.count)) : nil
                }.first { kinds[$0] != nil }
                guard let value, family != nil else { throw Malformed(description: "no sample: \(line)") }
                let key = name + (sample.output.2.map(String.init) ?? "")
                guard samples.updateValue(value, forKey: key) == nil else {
                    throw Malformed(description: "twice: \(line)")
                }
                if name.hasSuffix("_bucket"), let bound = key.firstMatch(of: /,?le="([^"]*)"/) {
                    let rest = key.replacing(/,?le="[^"]*"/, with: "").replacing("{}", with: "")
                    let limit = bound.output.1 == "+Inf" ? Double.infinity : try Self.number(bound.output.1)
                    buckets[rest, default: []].append((limit, value))
                }
            } else {
                throw Malformed(description: "no line of the format: \(line)")
            }
        }
        for (key, list) in buckets {
            let counts = list.map(\.count)
            let total = samples[key.replacing("_bucket", with: "_count")]
            guard list.map(\.bound) == list.map(\.bound).sorted(), counts == counts.sorted(),
                list.last?.bound == .infinity, counts.last == total
            else { throw Malformed(description: "no histogram: \(key)") }
        }
    }

    private static func number(_ text: Substring) throws -> Double {
        guard let number = Double(text) else { throw Malformed(description: "no number: \(text)") }
        return number
    }
}
