import Testing

@testable import Daybook

/// A feed of an earlier version becomes one of this.
struct FeedUpgradeTests {
    @Test func theEventLogGetsItsNewColumn() async throws {
        try await FeedFixture.with { fixture in
            try await fixture.run(
                "ALTER TABLE daybook.events DROP COLUMN extremes; UPDATE daybook.cursor SET version = 1")
            let upgrade = try await fixture.install()
            #expect(upgrade.statements > 0 && upgrade.rebuilt.isEmpty)
            #expect(try await fixture.value("SELECT version FROM daybook.cursor", as: Int32.self) == FeedSchema.version)
            #expect(
                try await fixture.count(
                    "pg_attribute WHERE attrelid = 'daybook.events'::regclass AND attname = 'extremes'") == 1)
            #expect(try await fixture.install().statements == 0)
        }
    }
}
