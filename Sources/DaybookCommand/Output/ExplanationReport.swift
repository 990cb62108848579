import Daybook
import Foundation

/// An explanation for people, and for programs.
struct ExplanationReport {
    private let explanation: Explanation

    init(_ explanation: Explanation) {
        self.explanation = explanation
    }

    var text: String {
        var lines = ["\(explanation.rollup) \(explanation.day) \(key)", ""]
        lines.append("row:           \(explanation.row ?? "none")")
        lines.append("sources say:   \(explanation.sourcesSay ?? "no rows")")
        lines.append("               \(verdict)")
        if let reason = explanation.parked { lines.append("parked:        \(reason)") }
        lines.append("day:           \(day)")
        for source in explanation.sources {
            lines += [
                "", "\(source.rows.grouped) rows of \(source.table) (\(source.event))\(Self.latest(source.rows))",
            ]
            lines += source.latest.map { "  \($0)" }
        }
        lines += ["", explanation.events.isEmpty ? "No events in the log." : "Events in the log, newest first:"]
        lines += explanation.events.map { event in
            "  \(event.loggedAt)  \(event.count > 0 ? "+" : "")\(event.count)  \(event.changes)"
                + (event.isFlushed ? "" : "  not in the table yet")
        }
        if !explanation.amendments.isEmpty {
            lines += ["", "Amendments, newest first:"]
            lines += explanation.amendments.map {
                "  revision \($0.revision)  \($0.amendedAt)  \($0.cause)\n    before \($0.before ?? "none")\n    after  \($0.after ?? "none")"
            }
        }
        return lines.joined(separator: "\n")
    }

    private var key: String {
        explanation.key.map { "\($0.dimension)=\($0.value ?? "null")" }.joined(separator: " ")
    }

    private var verdict: String {
        switch explanation.isEqual {
        case true?: "They agree."
        case false?: "They differ. Run `daybook repair` for this day."
        case nil where explanation.isThinned: "Source rows are gone on purpose; the row cannot be checked."
        case nil where !explanation.isBuilt: "The day is not built yet."
        case nil: "The key is parked, and so not compared."
        }
    }

    private var day: String {
        guard let seal = explanation.seal else { return "open" }
        return
            "\(seal.state), revision \(seal.revision), sealed \(seal.sealedAt)\(seal.isVerified ? "" : ", not verified")"
    }

    private static func latest(_ rows: Int) -> String {
        rows > Explainer.listed ? ", the latest \(Explainer.listed):" : rows > 0 ? ":" : ""
    }

    var json: String {
        get throws {
            func value(_ text: String?) throws -> Any {
                guard let text else { return NSNull() }
                return try JSONSerialization.jsonObject(with: Data(text.utf8), options: .fragmentsAllowed)
            }
            let object: [String: Any] = [
                "rollup": explanation.rollup, "day": "\(explanation.day)",
                "key": Dictionary(
                    uniqueKeysWithValues: explanation.key.map { ($0.dimension, $0.value as Any? ?? NSNull()) }),
                "row": try value(explanation.row), "sources_say": try value(explanation.sourcesSay),
                "equal": explanation.isEqual as Any? ?? NSNull(), "parked": explanation.parked as Any? ?? NSNull(),
                "thinned": explanation.isThinned, "built": explanation.isBuilt,
                "sources": try explanation.sources.map {
                    ["table": $0.table, "event": $0.event, "rows": $0.rows, "latest": try $0.latest.map(value)]
                        as [String: Any]
                },
                "events": try explanation.events.map {
                    [
                        "logged_at": "\($0.loggedAt)", "xid": "\($0.transaction)", "count": $0.count,
                        "changes": try value($0.changes), "flushed": $0.isFlushed,
                    ] as [String: Any]
                },
                "seal": explanation.seal.map {
                    [
                        "revision": $0.revision, "state": $0.state, "verified": $0.isVerified,
                        "sealed_at": "\($0.sealedAt)",
                    ]
                        as [String: Any]
                } as Any? ?? NSNull(),
                "amendments": try explanation.amendments.map {
                    [
                        "revision": $0.revision, "amended_at": "\($0.amendedAt)", "cause": $0.cause,
                        "before": try value($0.before), "after": try value($0.after),
                    ] as [String: Any]
                },
            ]
            let data = try JSONSerialization.data(
                withJSONObject: object, options: [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes])
            return String(decoding: data, as: UTF8.self)
        }
    }
}
