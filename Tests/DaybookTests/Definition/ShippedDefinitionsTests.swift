import Foundation
import Testing

@testable import Daybook

/// The two files under `Events/`, as the design prints them.
struct ShippedDefinitionsTests {
    static let directory = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("Events").path

    @Test func filesAreReadByName() throws {
        let loaded = try DefinitionLoader.load(directory: Self.directory)
        #expect(
            loaded.rollups.map(\.table.description) == [
                "analytics_ai_usage_daily", "analytics_content_performance_daily",
            ])
        #expect(loaded.rollups.map(\.timeZone) == ["UTC", "UTC"])
        #expect(loaded.rollups.map(\.title) == ["AI usage", "Content performance"])
    }

    @Test func contentPerformance() throws {
        let rollup = try DefinitionLoader.load(directory: Self.directory).rollups[1]
        #expect(
            rollup.dimensions == [
                .init(name: "user_id", type: "integer", isNullable: false),
                .init(name: "content_id", type: "integer", isNullable: false),
                .init(name: "platform", type: "text", isNullable: false),
                .init(name: "subreddit", type: "text", isNullable: false),
                .init(name: "primary_title", type: "text", isNullable: false),
            ])
        #expect(rollup.measures.map(\.kind) == [.count] + Array(repeating: .sum, count: 6))
        #expect(
            rollup.derived == [
                .init(
                    name: "engagement_rate",
                    expression: "coalesce(round(100.0 * likes / nullif(total_views, 0), 2), 0)")
            ])
        let event = try #require(rollup.events.first)
        #expect(event.source == QualifiedName(name: "reddit_post_outcomes"))
        #expect(event.at == "occurred_at")
        #expect(event.condition == "success")
        #expect(event.values["content_id"] == "0")
        #expect(event.values["platform"] == "'reddit'")
        #expect(event.values["primary_title"] == "coalesce(title, '')")
    }

    @Test func usage() throws {
        let rollup = try DefinitionLoader.load(directory: Self.directory).rollups[0]
        #expect(
            rollup.measures == [
                .init(name: "generation_count", kind: .count),
                .init(name: "model_breakdown", kind: .countBy(label: "model")),
            ])
        #expect(rollup.events.map(\.name) == ["caption-generated", "content-generated"])
        #expect(rollup.events.map(\.condition) == [nil, "user_id is not null"])
        #expect(
            rollup.events[0].values["model"]
                == "coalesce(ranked_metadata->>'model', ranked_metadata->>'provider', 'unknown')")
    }

    @Test func linesAreKnown() throws {
        let loaded = try DefinitionLoader.load(directory: Self.directory)
        let file = loaded.rollups[0].file
        let lines = try String(contentsOfFile: file, encoding: .utf8).split(separator: "\n")
        let path = ["events", "content-generated", "values", "model"]
        let line = try #require(loaded.lines.line(of: path, in: file))
        #expect(lines[line - 1].contains("model: generation_type"))
        #expect(loaded.lines.line(of: path + ["deeper"], in: file) == line)
        #expect(loaded.lines.line(of: path, in: "another.yml") == nil)
    }
}
