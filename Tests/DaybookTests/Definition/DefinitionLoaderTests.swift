import Foundation
import Testing

@testable import Daybook

/// What the loader takes and what it refuses, one text at a time.
struct DefinitionLoaderTests {
    @Test func sampleIsCorrect() {
        #expect(SampleDefinition.problems(in: SampleDefinition.yaml).isEmpty)
    }

    struct Mistake: CustomTestStringConvertible {
        var piece: String
        var replacement: String
        var problem: String
        var testDescription: String { "\(piece) -> \(replacement)" }

        init(_ piece: String, _ replacement: String, _ problem: String) {
            self.piece = piece
            self.replacement = replacement
            self.problem = problem
        }
    }

    /// Among the problems of each mistake is the one that contains what is written here.
    @Test(arguments: [
        Mistake("derived:", "deriv:", "x.yml:8: deriv: the key \"deriv\" is not known. Did you mean \"derived\"?"),
        Mistake(
            "where:", "whre:", "x.yml:14: events.visit.whre: the key \"whre\" is not known. Did you mean \"where\"?"),
        Mistake("rollup: visits_daily\n", "", "x.yml: the key \"rollup\" is missing. Add \"rollup:\"."),
        Mistake("    at: seen_at\n", "", "x.yml:11: events.visit: the key \"at\" is missing"),
        Mistake("at: seen_at", "at:", "x.yml:13: events.visit.at: the value is empty"),
        Mistake("at: seen_at", "at: ~", "x.yml:13: events.visit.at: the value is empty"),
        Mistake("at: seen_at", "at: \"\"", "x.yml:13: events.visit.at: the value is empty"),
        Mistake("at: seen_at", "at: [seen_at]", "x.yml:13: events.visit.at: a text is expected here, not a list"),
        Mistake("at: seen_at", "at: \"a\\0b\"", "x.yml:13: events.visit.at: the value contains a NUL character"),
        Mistake("site: text", "- site", "x.yml:2: dimensions: a mapping is expected here, not a list"),
        Mistake("\n  site: text", " {}", "x.yml:2: dimensions: nothing stands here"),
        Mistake("\n  site: text", "", "x.yml:2: dimensions: a mapping is expected here, not nothing"),
        Mistake("site: text", "site: '?'", "x.yml:3: dimensions.site: \"?\" is not a type"),
        Mistake(
            "  site: text", "  site: text\n  day: date",
            "x.yml:4: dimensions.day: the column \"day\" is already the day"),
        Mistake(
            "  site: text", "  site: text\n  ctid: tid",
            "x.yml:4: dimensions.ctid: \"ctid\" is a column that "
                + "Postgres"),
        Mistake("bytes_each:", "visits:", "x.yml:9: derived.visits: the column \"visits\" is already a measure"),
        Mistake("visits: count", "visits: sum", "x.yml:4: measures: no measure is a count"),
        Mistake("visits: count", "visits: average", "x.yml:5: measures.visits: \"average\" is not a kind of measure"),
        Mistake("count by browser", "count by", "x.yml:7: measures.browsers: \"count by\" is not a kind of measure"),
        Mistake("count by browser", "count by count", "x.yml:7: measures.browsers: the label cannot be \"count\""),
        Mistake(
            "count by browser", "count by site", "x.yml:7: measures.browsers: the label \"site\" is already a dimension"
        ),
        Mistake("bytes: size", "byte: size", "Did you mean \"bytes\"?"),
        Mistake("browser: agent", "browsers: agent", "Name the label instead: \"browser\"."),
        Mistake("      bytes: size\n", "", "x.yml:15: events.visit.values: the value of \"bytes\" is missing"),
        Mistake("bytes: size", "bytes: size\n      visits: 1", "A count takes no value: remove it."),
        Mistake("bytes: size", "bytes: size\n      bytes_each: 1", "A derived column takes no value: remove it."),
        Mistake("bytes: size", "bytes: size\n      day: x", "The day is taken from \"at\": remove it."),
        Mistake("bytes: size", "bytes: size\n      other: x", "Remove it, or add it to the measures: \"other: sum\"."),
        Mistake(
            "bytes: size", "bytes: (size",
            "x.yml:17: events.visit.values.bytes: the expression has a \"(\" that is not closed"),
        Mistake(
            "bytes: size", "bytes: size; drop table visits",
            "x.yml:17: events.visit.values.bytes: the expression contains a semi"),
        Mistake("source: visits", "source: a.b.c", "x.yml:12: events.visit.source: \"a.b.c\" is not a table's name"),
        Mistake("source: visits", "sauce: visits", "Did you mean \"source\"?"),
        Mistake(
            "bytes: size", "bytes: size\n      bytes: size", "x.yml:17: the key \"bytes\" is written more than once"),
        Mistake("visit:\n", "1:\n    x: y\n  \"1\":\n", "x.yml:13: events.1: the key \"1\" is written more than once"),
        Mistake("rollup: visits_daily", "rollup: \"visits", "x.yml:"),
        Mistake(
            "rollup: visits_daily", "? [a]\n: b\nrollup: visits_daily",
            "x.yml: a key is a list. Keys are "
                + "plain words."),
        Mistake("browser: agent", "browser: agent\n---\na: b", "found another document"),
        Mistake("browser: agent", "browser: *agent", "found undefined alias"),
    ])
    func mistake(_ mistake: Mistake) {
        let problems = SampleDefinition.problems(in: SampleDefinition.replacing((mistake.piece, mistake.replacement)))
        #expect(problems.contains { $0.contains(mistake.problem) }, "\(problems)")
    }

    @Test(arguments: ["", "# nothing yet\n", "--- \n"])
    func emptyFile(_ yaml: String) {
        let problems = SampleDefinition.problems(in: yaml)
        #expect(problems.count == 1, "\(problems)")
    }

    @Test func allProblemsAtOnceInFileOrder() {
        let yaml = """
            rolup: x
            dimensions:
              site: text
            measures:
              visits: counts
            events:
              visit:
                source: visits
                values:
                  site: (
            """
        #expect(
            SampleDefinition.problems(in: yaml).map { $0.split(separator: ". ")[0] } == [
                "x.yml: the key \"rollup\" is missing",
                "x.yml:1: rolup: the key \"rolup\" is not known",
                "x.yml:5: measures.visits: \"counts\" is not a kind of measure",
                "x.yml:7: events.visit: the key \"at\" is missing",
                "x.yml:10: events.visit.values.site: the expression has a \"(\" that is not closed",
            ])
    }

    @Test func scalarsAreTheirText() throws {
        let yaml = SampleDefinition.replacing(
            ("bytes: size", "bytes: 0x1F"), ("where: not is_robot", "where: true"), ("site: site", "site: null"),
            ("browser: agent", "browser: |\n        'a'\n        || 'b'\n"))
        let event = try DefinitionLoader.parse(yaml, file: "x.yml").rollups[0].events[0]
        #expect(event.condition == "true")
        #expect(event.values == ["bytes": "0x1F", "site": "null", "browser": "'a'\n|| 'b'"])
    }

    @Test func nullableTypesAndZone() throws {
        let yaml = SampleDefinition.replacing(("site: text", "site: character varying(20) ?\ntime_zone: Europe/Berlin"))
        let rollup = try DefinitionLoader.parse(yaml, file: "x.yml").rollups[0]
        #expect(rollup.dimensions == [.init(name: "site", type: "character varying(20)", isNullable: true)])
        #expect(rollup.timeZone == "Europe/Berlin")
        #expect(rollup.title == "visits_daily")
    }

    @Test(arguments: [63, 64])
    func nameLength(_ bytes: Int) {
        let name = "é" + String(repeating: "x", count: bytes - 2)
        let yaml = SampleDefinition.replacing(("bytes: sum", "\(name): sum"), ("bytes: size", "\(name): size"))
            .replacing("bytes / nullif", with: "1 / nullif")
        #expect(SampleDefinition.problems(in: yaml).count == (bytes > 63 ? 1 : 0))
    }

    @Test(arguments: [31, 32])
    func dimensionLimit(_ count: Int) {
        let names = ["site"] + (1..<count).map { "d\($0)" }
        let yaml = SampleDefinition.replacing(
            ("site: text", names.map { "\($0): text" }.joined(separator: "\n  ")),
            ("site: site", names.map { "\($0): site" }.joined(separator: "\n      ")))
        #expect(SampleDefinition.problems(in: yaml).count == (count > 31 ? 1 : 0))
    }

    @Test func windowsLineEndsAndByteOrderMark() {
        let yaml = "\u{FEFF}" + SampleDefinition.yaml.replacing("\n", with: "\r\n")
        #expect(SampleDefinition.problems(in: yaml).isEmpty, "\(SampleDefinition.problems(in: yaml))")
    }
}
