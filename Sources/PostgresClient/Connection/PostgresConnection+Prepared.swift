internal import CLibPQ

extension PostgresConnection {
    /// Runs a statement of the cache, preparing it first where it is new.
    ///
    /// A plan that the server calls outdated, or has forgotten (`DISCARD ALL`), is prepared again once, unless a
    /// transaction has failed with it.
    func queryPrepared(
        _ connection: OpaquePointer,
        _ sql: String,
        _ parameters: Parameters
    ) throws -> PostgresResult {
        let key = StatementCache.Key(sql: sql, types: parameters.types)
        do {
            return try runPrepared(connection, key, parameters)
        } catch let error as PostgresError where Self.isOutdatedPlan(error) {
            statements.removeAll()
            // The names of old stay taken on the server unless it has forgotten them; new names are never reused.
            guard PQtransactionStatus(connection) == PQTRANS_IDLE else { throw error }
            return try runPrepared(connection, key, parameters)
        }
    }

    private func runPrepared(
        _ connection: OpaquePointer,
        _ key: StatementCache.Key,
        _ parameters: Parameters
    ) throws -> PostgresResult {
        let name = try statements.name(of: key) ?? prepare(connection, key)
        try sendPrepared(connection, name, parameters)
        return try collectResult()
    }

    private func prepare(_ connection: OpaquePointer, _ key: StatementCache.Key) throws -> String {
        for victim in statements.victims(forAdditions: 1) {
            try sent(PQsendQuery(connection, "DEALLOCATE \(victim.name)"))
            _ = try collectResult()
            statements.remove(victim.key)
        }
        let name = statements.newName()
        try sendPrepare(connection, name, key)
        _ = try collectResult()
        statements.insert(key, name: name)
        return name
    }

    /// "cached plan must not change result type", or no such prepared statement.
    static func isOutdatedPlan(_ error: PostgresError) -> Bool {
        error.sqlState == "26000" || (error.sqlState == "0A000" && error.message.contains("cached plan"))
    }
}
