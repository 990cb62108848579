import PostgresClient

/// The transaction in which definitions are compared with the catalog.
struct CatalogSession {
    let connection: PostgresConnection

    /// What the triggers, the audit and the rebuild evaluate expressions under.
    private static let settings = """
        SET LOCAL search_path = pg_catalog, pg_temp;
        SET LOCAL TimeZone = 'UTC';
        SET LOCAL DateStyle = 'ISO, YMD';
        SET LOCAL IntervalStyle = 'postgres';
        SET LOCAL extra_float_digits = 1;
        SET LOCAL standard_conforming_strings = on;
        """

    /// How the checks themselves behave.
    private static let manners = """
        SET LOCAL lock_timeout = '2s';
        SET LOCAL row_security = off;
        SET LOCAL client_min_messages = 'warning';
        """

    func fixSettings() async throws {
        try await connection.execute(Self.settings)
        try await connection.execute(Self.manners)
    }

    /// Runs what may fail because of a definition, and undoes it whether it fails or not.
    ///
    /// - Throws: what is not the definition's fault: a lost connection, a lock not had in time, a full disk.
    func attempt<R: Sendable>(_ body: () async throws -> R) async throws -> Result<R, PostgresError> {
        let result = try await attemptAndKeep(body)
        if case .success = result { try await undo() }
        return result
    }

    /// As ``attempt(_:)``, but a success stays until ``undo()``.
    func attemptAndKeep<R: Sendable>(_ body: () async throws -> R) async throws -> Result<R, PostgresError> {
        try await connection.execute("SAVEPOINT daybook")
        do {
            return .success(try await body())
        } catch let error as PostgresError where error.blamesStatement {
            try await undo()
            return .failure(error)
        }
    }

    /// Goes back to the last savepoint that stands, and forgets it.
    func undo() async throws {
        try await connection.execute("ROLLBACK TO SAVEPOINT daybook; RELEASE SAVEPOINT daybook")
    }
}

extension PostgresError {
    /// Whether the server refused a statement for what it says, rather than for the state of the server.
    fileprivate var blamesStatement: Bool {
        guard code == .server, let sqlState else { return false }
        return ["0A", "21", "22", "2B", "38", "39", "3D", "3F", "42", "44", "54", "P0"].contains(sqlState.prefix(2))
    }
}
