import Testing

@testable import DaybookServer

/// The alerts speak of metrics and labels that exist.
struct AlertRulesTests {
    private var rules: [Substring] {
        AlertRules.text.split(separator: "      - alert: ").dropFirst().map { $0 }
    }

    @Test func eachIsComplete() {
        #expect(rules.count == 14)
        for rule in rules {
            for part in ["expr:", "severity:", "summary:", "description:"] {
                #expect(rule.contains(part), "\(part) in \(rule.prefix(30))")
            }
        }
    }

    @Test func metricsExist() {
        let names = Set(EngineMetrics.catalog.map(\.name) + [PrometheusRegistry.droppedName])
        var used: Set<String> = []
        for line in AlertRules.text.split(separator: "\n") where !line.contains("#") {
            for word in line.split(whereSeparator: { !($0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_")) })
            where word.hasPrefix("daybook_") {
                let name = word.hasSuffix("_bucket") ? String(word.dropLast(7)) : String(word)
                #expect(names.contains(name) || line.contains("description"), "\(name)")
                used.insert(name)
            }
        }
        for name in [
            "daybook_ready", "daybook_leader", "daybook_feed_lag_seconds", "daybook_gaps_open", "daybook_flushes_total",
            "daybook_reconnects_total", "daybook_job_failed",
        ] {
            #expect(used.contains(name), "no alert on \(name)")
        }
    }
}
