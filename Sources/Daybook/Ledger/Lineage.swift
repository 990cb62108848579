package import PostgresClient

/// Which database history a cursor belongs to. Transaction ids mean nothing in another one.
package struct Lineage: Sendable, Hashable {
    package var systemIdentifier: Int64
    /// Rises when a standby is promoted or a backup restored to a point in time.
    package var timeline: Int32
    package var databaseOID: UInt32

    package init(systemIdentifier: Int64, timeline: Int32, databaseOID: UInt32) {
        self.systemIdentifier = systemIdentifier
        self.timeline = timeline
        self.databaseOID = databaseOID
    }

    /// The columns `system_identifier, timeline, database_oid` of the server that answers. The timeline is read off the
    /// name of the WAL file being written, because the control file tells of a new one only after a checkpoint.
    package static let columns = """
        (SELECT system_identifier FROM pg_control_system()),
        ('x' || left(pg_walfile_name(pg_current_wal_lsn()), 8))::bit(32)::integer,
        (SELECT oid FROM pg_database WHERE datname = current_database())
        """

    package static let insertCursorStatement = """
        INSERT INTO daybook.cursor
            (feed, version, epoch, position, flush, flushed_at, system_identifier, timeline, database_oid, log_begins)
        SELECT 'main', \(FeedSchema.version), 0, pg_current_snapshot(), 0, clock_timestamp(), \(columns),
            (clock_timestamp() AT TIME ZONE 'UTC')::date - 1
        """

    package static func read(on connection: PostgresConnection) async throws -> Lineage {
        let row = try await connection.query("SELECT \(columns)")[0]
        let (system, timeline, database) = try row.decode(Int64.self, Int32.self, UInt32.self)
        return Lineage(systemIdentifier: system, timeline: timeline, databaseOID: database)
    }
}
