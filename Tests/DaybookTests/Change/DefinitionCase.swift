import Testing

/// A change of the rollup of visits, with what its table has to hold afterwards by a query that shares nothing with
/// Daybook's own.
struct DefinitionCase: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let yaml: String
    var renames: [String] = []
    var removals: [String] = []
    let columns: String
    let truth: String

    private static func truth(_ select: String, where condition: String = "ok", by keys: String = "1, 2") -> String {
        """
        SELECT \(select) FROM visits WHERE \(condition) AND isfinite(at) GROUP BY \(keys)
        """
    }

    private static let day = "(at AT TIME ZONE 'UTC')::date"
    private static let totals = "count(*), coalesce(sum(bytes), 0)::bigint"

    static let all: [DefinitionCase] = [
        DefinitionCase(
            testDescription: "a measure comes",
            yaml: Visits.yaml.replacing("  bytes: sum", with: "  bytes: sum\n  noted: sum\n  longest: max")
                .replacing(
                    "      bytes: bytes", with: "      bytes: bytes\n      noted: length(note)\n      longest: bytes"),
            columns: "site, day, visits, bytes, noted, longest",
            truth: truth("site, \(day), \(totals), coalesce(sum(length(note)), 0)::bigint, max(bytes)")),
        DefinitionCase(
            testDescription: "a measure goes",
            yaml: Visits.yaml.replacing("  bytes: sum\n", with: "").replacing(
                "derived:\n  bytes_each: bytes / visits\n", with: ""
            )
            .replacing("      bytes: bytes\n", with: ""),
            removals: ["visits_daily.bytes", "visits_daily.bytes_each"], columns: "site, day, visits",
            truth: truth("site, \(day), count(*)")),
        DefinitionCase(
            testDescription: "a measure and a dimension have other names",
            yaml: Visits.yaml.replacing("bytes: sum", with: "octets: sum").replacing(
                "bytes / visits", with: "octets / visits"
            )
            .replacing("      bytes: bytes", with: "      octets: bytes").replacing(
                "  site: text?", with: "  place: text?"
            )
            .replacing("      site: site", with: "      place: site"),
            renames: ["visits_daily.bytes=octets", "visits_daily.site=place"],
            columns: "place, day, visits, octets, bytes_each",
            truth: truth("site, \(day), \(totals), coalesce(sum(bytes), 0)::bigint / count(*)")),
        DefinitionCase(
            testDescription: "a condition is another",
            yaml: Visits.yaml.replacing("where: ok", with: "where: ok and bytes > 3"),
            columns: "site, day, visits, bytes",
            truth: truth("site, \(day), \(totals)", where: "ok AND bytes > 3")),
        DefinitionCase(
            testDescription: "a value is another",
            yaml: Visits.yaml.replacing("      bytes: bytes", with: "      bytes: bytes * 2"),
            columns: "site, day, visits, bytes, bytes_each",
            truth: truth(
                "site, \(day), count(*), coalesce(sum(bytes), 0)::bigint * 2, coalesce(sum(bytes), 0)::bigint * 2 / count(*)"
            )),
        DefinitionCase(
            testDescription: "a derived column is computed otherwise, and one comes",
            yaml: Visits.yaml.replacing("bytes / visits", with: "1000 * bytes / visits\n  doubled: visits * 2"),
            columns: "site, day, visits, bytes, bytes_each, doubled",
            truth: truth("site, \(day), \(totals), 1000 * coalesce(sum(bytes), 0)::bigint / count(*), count(*) * 2")),
        DefinitionCase(
            testDescription: "a dimension comes that may be null",
            yaml: Visits.yaml.replacing("  site: text?", with: "  site: text?\n  agent: text?")
                .replacing("      site: site", with: "      site: site\n      agent: nullif(browser, 'b0')"),
            columns: "site, agent, day, visits, bytes",
            truth: truth("site, nullif(browser, 'b0'), \(day), \(totals)", by: "1, 2, 3")),
        DefinitionCase(
            testDescription: "a dimension comes that may not be null",
            yaml: Visits.yaml.replacing("  site: text?", with: "  site: text?\n  agent: text")
                .replacing("      site: site", with: "      site: site\n      agent: browser"),
            columns: "site, agent, day, visits, bytes",
            truth: truth("site, browser, \(day), \(totals)", by: "1, 2, 3")),
        DefinitionCase(
            testDescription: "a dimension goes",
            yaml: Visits.yaml.replacing("  site: text?", with: "  agent: text")
                .replacing("      site: site", with: "      agent: browser"),
            removals: ["visits_daily.site"], columns: "agent, day, visits, bytes",
            truth: truth("browser, \(day), \(totals)")),
        DefinitionCase(
            testDescription: "days are of another zone",
            yaml: Visits.yaml.replacing("dimensions:", with: "time_zone: America/New_York\ndimensions:"),
            columns: "site, day, visits, bytes",
            truth: truth("site, (at AT TIME ZONE 'America/New_York')::date, \(totals)")),
        DefinitionCase(
            testDescription: "a source comes",
            yaml: Visits.yaml + """

                  import:
                    source: imports
                    at: at
                    values:
                      site: site
                      bytes: bytes
                      browser: "'import'"
                """,
            columns: "site, day, visits, bytes",
            truth: """
                SELECT site, day, count(*), coalesce(sum(bytes), 0)::bigint
                FROM (
                    SELECT site, \(day) AS day, bytes FROM visits WHERE ok
                    UNION ALL SELECT site, \(day), bytes FROM imports
                ) AS all_visits GROUP BY 1, 2
                """),
    ]
}
