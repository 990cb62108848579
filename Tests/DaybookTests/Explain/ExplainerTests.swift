import PostgresClient
import Testing

@testable import Daybook

/// What a number is made of, on a real Postgres.
@Suite("Explain", .timeLimit(.minutes(5)))
struct ExplainerTests {
    private static let rows = """
        INSERT INTO visits (site, at, bytes, browser, note) VALUES
            ('a', '2025-03-03 10:00Z', 5, 'x', 'first'), ('a', '2025-03-03 11:00Z', 7, 'y', 'second'),
            ('b', '2025-03-03 11:00Z', 100, 'x', NULL), (NULL, '2025-03-03 12:00Z', 1, NULL, NULL)
        """

    private func explain(_ fixture: FeedFixture, _ site: String?) async throws -> Explanation {
        try await fixture.withSession { session in
            try await Explainer(on: session).explain(
                "visits_daily", day: try #require(PostgresDate("2025-03-03")), key: ["site": site],
                definitions: DefinitionLoader.load(directory: fixture.directory)
            )
        }
    }

    @Test func aNumberIsItsSourceRows() async throws {
        try await FeedFixture.with { fixture in
            try await fixture.run(Self.rows)
            try await fixture.withEngine { _ in try await fixture.settle() }
            try await fixture.run("UPDATE visits SET bytes = 8 WHERE id = 2")
            let found = try await explain(fixture, "a")
            #expect(found.isEqual == true && found.isBuilt && !found.isThinned && found.seal == nil)
            #expect(found.row?.contains("\"bytes\": 12") == true)
            #expect(
                found.sourcesSay?.contains("\"bytes\": 13") == true && found.sourcesSay?.contains("\"rows\": 2") == true
            )
            #expect(found.sources.map(\.rows) == [2])
            #expect(found.sources[0].latest.count == 2 && found.sources[0].latest[0].contains("\"id\": 2"))
            #expect(!found.sources[0].latest[0].contains("note"), "only the key and what the definition uses")
            #expect(found.events.map(\.isFlushed).first == false && found.events.count == 3)
            let null = try await explain(fixture, nil)
            #expect(null.isEqual == true && null.sources.map(\.rows) == [1] && null.row?.contains("null") == true)
            let nothing = try await explain(fixture, "nobody")
            #expect(nothing.row == nil && nothing.sourcesSay == nil && nothing.sources.map(\.rows) == [0])
        }
    }

    @Test func aDifferenceIsSeen() async throws {
        try await FeedFixture.with { fixture in
            try await fixture.run(Self.rows)
            try await fixture.withEngine { _ in try await fixture.settle() }
            try await fixture.run("UPDATE visits_daily SET bytes = 1 WHERE site = 'a'")
            let (spoilt, sound) = (try await explain(fixture, "a"), try await explain(fixture, "b"))
            #expect(spoilt.isEqual == false)
            #expect(sound.isEqual == true)
        }
    }

    @Test func sealsAndAmendmentsAreTold() async throws {
        try await FeedFixture.with { fixture in
            try await fixture.run(Self.rows)
            try await fixture.withEngine({ $0.sealAt = .seconds(7200) }) { _ in
                try await eventually("sealed") { try await fixture.count("daybook.seals WHERE state = 'sealed'") == 1 }
                try await fixture.run("UPDATE visits SET bytes = 6 WHERE id = 1")
                try await eventually("amending") { try await fixture.count("daybook.amendments") == 1 }
            }
            let found = try await explain(fixture, "a")
            #expect(found.seal?.state == "amending" && found.seal?.isVerified == true)
            #expect(found.amendments.count == 1 && found.amendments[0].before?.contains("\"bytes\": 12") == true)
            let other = try await explain(fixture, "b")
            #expect(other.amendments.isEmpty)
        }
    }

    @Test func whatDoesNotExistIsNamed() async throws {
        try await FeedFixture.with { fixture in
            let unknown = try await refusal(fixture, "nothing", [:])
            #expect(unknown == "There is no rollup nothing. There are: visits_daily.")
            let incomplete = try await refusal(fixture, "visits_daily", [:])
            #expect(incomplete?.contains("Give a value for site too") == true)
            let odd = try await refusal(fixture, "visits_daily", ["site": "a", "x": "1"])
            #expect(odd?.contains("has no dimension x") == true)
        }
    }

    private func refusal(_ fixture: FeedFixture, _ rollup: String, _ key: [String: String?]) async throws -> String? {
        do {
            _ = try await Explainer(on: fixture.connection).explain(
                rollup, day: try #require(PostgresDate("2025-03-03")), key: key,
                definitions: DefinitionLoader.load(directory: fixture.directory)
            )
            return nil
        } catch let error as ExplanationError {
            return error.description
        }
    }
}
