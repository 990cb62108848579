import PostgresClient

/// A rollup as it would be with days of another time zone: functions that are made for one statement and undone with it.
struct ShadowZone {
    let rollup: Rollup
    /// Of no rollup that is installed.
    let id: Int32

    init(_ rollup: Rollup, _ zone: String, _ index: Int) {
        var rollup = rollup
        rollup.definition.timeZone = zone
        self.rollup = rollup
        id = Int32.max - Int32(index)
    }

    /// The server's own zone, in which a job cuts days that does not say another.
    static func ofServer(on connection: PostgresConnection) async throws -> String? {
        try await connection.query("SELECT reset_val FROM pg_settings WHERE name = 'TimeZone'").first?
            .decode(String?.self)
    }

    func query(
        _ sql: String, _ parameters: [(any PostgresEncodable)?], on connection: PostgresConnection
    ) async throws -> PostgresResult {
        try await connection.execute("SAVEPOINT daybook_zone")
        for index in rollup.events.indices {
            let function = EventFunction(rollup: rollup, rollupID: id, eventIndex: index)
            if let lookup = rollup.events[index].lookup {
                try await connection.query(function.keyFunctionStatement(lookup))
            }
            try await connection.query(function.createStatement)
        }
        let result = try await connection.query(sql, parameters)
        try await connection.execute("ROLLBACK TO SAVEPOINT daybook_zone; RELEASE SAVEPOINT daybook_zone")
        return result
    }
}
