import PostgresClient
import Testing

@testable import Daybook

struct CursorTests {
    private static let here = Lineage(systemIdentifier: 7, timeline: 3, databaseOID: 16384)

    /// The cursor row of a fresh installation, moved to a lineage and a position.
    private func cursor(_ body: (Cursor) throws -> Void) async throws {
        try await FeedFixture.with { fixture in
            var cursor = try await Cursor.read(on: fixture.connection)
            cursor.lineage = Self.here
            cursor.position = try #require(PostgresSnapshot("90:100:95"))
            try body(cursor)
        }
    }

    @Test func strangeness() async throws {
        let at = { (xid: UInt64) in PostgresTransactionID(rawValue: xid) }
        try await cursor { cursor in
            #expect(cursor.strangeness(to: Self.here, nextTransaction: at(100)) == nil)
            #expect(cursor.strangeness(to: Self.here, nextTransaction: at(1000)) == nil)
            #expect(cursor.strangeness(to: Self.here, nextTransaction: at(99)) == "a server behind the cursor")
            var other = Self.here
            other.timeline = 4
            #expect(cursor.strangeness(to: other, nextTransaction: at(100)) == "another timeline")
            other.databaseOID = 1
            #expect(cursor.strangeness(to: other, nextTransaction: at(100)) == "another database")
            other.systemIdentifier = -8
            #expect(cursor.strangeness(to: other, nextTransaction: at(100)) == "another cluster")
        }
    }

    @Test func aFreshInstallationIsAtHome() async throws {
        try await FeedFixture.with { fixture in
            let cursor = try await Cursor.read(on: fixture.connection)
            let next = try await fixture.value(
                "SELECT pg_snapshot_xmax(pg_current_snapshot())", as: PostgresTransactionID.self)
            #expect(
                cursor.strangeness(to: try await Lineage.read(on: fixture.connection), nextTransaction: next) == nil)
            #expect(cursor.epoch == 0 && cursor.flush == 0)
        }
    }

    @Test func whoTakesTheLeadStopsTheOneBefore() async throws {
        try await FeedFixture.with { fixture in
            let connection = fixture.connection
            var first = try await Cursor.claim(on: connection)
            let position = try await fixture.value("SELECT pg_current_snapshot()", as: PostgresSnapshot.self)
            try await first.advance(to: position, on: connection)
            #expect(first.flush == 1)
            var second = try await Cursor.claim(on: connection)
            #expect(second.epoch == first.epoch + 1 && second.position == position)
            await #expect(throws: LeadershipLost.self) { try await first.advance(to: position, on: connection) }
            try await second.advance(to: position, on: connection)
            #expect(try await Cursor.read(on: connection).flush == 2)
        }
    }

    /// The later leader claims after the earlier one's turn has taken its snapshot.
    @Test func aTurnUnderWayLosesToo() async throws {
        try await FeedFixture.with { fixture in
            var first = try await Cursor.claim(on: fixture.connection)
            try await fixture.withSession { other in
                await #expect(throws: LeadershipLost.self) {
                    try await fixture.connection.withTransaction(.repeatableRead) { connection in
                        let row = try await connection.query("SELECT pg_current_snapshot()")[0]
                        _ = try await Cursor.claim(on: other)
                        try await first.advance(to: row.decode(PostgresSnapshot.self), on: connection)
                    }
                }
            }
        }
    }

    @Test func withoutAnInstallationThereIsNoCursor() async throws {
        try await FeedFixture.with(installed: false) { fixture in
            try await fixture.run(
                "CREATE SCHEMA daybook; CREATE TABLE daybook.cursor (feed text, epoch bigint, position pg_snapshot, flush bigint, system_identifier bigint, timeline integer, database_oid oid)"
            )
            await #expect(throws: FeedError.self) { try await Cursor.read(on: fixture.connection) }
            await #expect(throws: FeedError.self) { try await Cursor.claim(on: fixture.connection) }
        }
    }
}
