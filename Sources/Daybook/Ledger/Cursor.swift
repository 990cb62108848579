package import PostgresClient

/// The cursor row: exactly which transactions' events the rollup tables contain, and which leader may move it.
package struct Cursor: Sendable, Hashable {
    /// The leader's number. Whoever takes the lead raises it, so that an earlier leader's flush finds no row.
    package var epoch: Int64
    package var position: PostgresSnapshot
    /// How many flushes there have been.
    package var flush: Int64
    /// Of the last flush of this session, empty before.
    package var flushID = ""
    package var lineage: Lineage

    private static let columns = "epoch, position, flush, system_identifier, timeline, database_oid"

    private init(_ row: PostgresRow) throws {
        let (epoch, position, flush, system, timeline, database) = try row.decode(
            Int64.self, PostgresSnapshot.self, Int64.self, Int64.self, Int32.self, UInt32.self
        )
        self.epoch = epoch
        self.position = position
        self.flush = flush
        lineage = Lineage(systemIdentifier: system, timeline: timeline, databaseOID: database)
    }

    /// The cursor as committed.
    /// - Throws: ``FeedError/notInstalled``.
    package static func read(on connection: PostgresConnection) async throws -> Cursor {
        guard let row = try await connection.query("SELECT \(columns) FROM daybook.cursor WHERE feed = 'main'").first
        else {
            throw FeedError.notInstalled
        }
        return try Cursor(row)
    }

    /// Takes the lead: from now on no earlier leader can flush. Everything else is loaded after this.
    package static func claim(on connection: PostgresConnection) async throws -> Cursor {
        let rows = try await connection.query(
            "UPDATE daybook.cursor SET epoch = epoch + 1 WHERE feed = 'main' RETURNING \(columns)"
        )
        guard let row = rows.first else { throw FeedError.notInstalled }
        return try Cursor(row)
    }

    /// The first statement of a flush: moves the cursor, if this epoch still leads.
    /// - Throws: ``LeadershipLost`` when it does not.
    package mutating func advance(to position: PostgresSnapshot, on connection: PostgresConnection) async throws {
        let rows: PostgresResult
        do {
            rows = try await connection.query(
                """
                WITH moved AS (
                    UPDATE daybook.cursor
                    SET position = $1::pg_snapshot, flush = flush + 1, flushed_at = clock_timestamp()
                    WHERE feed = 'main' AND epoch = $2::bigint RETURNING flush, flushed_at
                )
                INSERT INTO daybook.flushes (flush, id, flushed_at)
                SELECT flush, gen_random_uuid(), flushed_at FROM moved RETURNING flush, id::text
                """,
                [position, epoch], cached: true
            )
        } catch let error as PostgresError where error.sqlState == "40001" {
            // Another leader has moved the row since this turn's snapshot.
            throw LeadershipLost()
        }
        guard let row = rows.first else { throw LeadershipLost() }
        self.position = position
        (flush, flushID) = try row.decode(Int64.self, String.self)
    }

    /// Why events of this cursor's world mean nothing on a server of the given lineage and next transaction id, or nil.
    package func strangeness(to lineage: Lineage, nextTransaction: PostgresTransactionID) -> String? {
        if lineage.systemIdentifier != self.lineage.systemIdentifier { return "another cluster" }
        if lineage.databaseOID != self.lineage.databaseOID { return "another database" }
        if lineage.timeline != self.lineage.timeline { return "another timeline" }
        if nextTransaction < position.xmax { return "a server behind the cursor" }
        return nil
    }
}

/// Another daemon leads now. Nothing was written.
package struct LeadershipLost: Error, CustomStringConvertible {
    package var description: String { "Another daemon has taken the lead. This one goes back to standby." }
}
