/// The one cluster that the tests of a process share. It starts when it is first wanted and goes when the process ends,
/// by the watchdog. A test that stops, crashes or configures a server makes its own with `PrivatePostgres.withCluster`.
package enum SharedCluster {
    private static let cluster = PrivatePostgres(settings: ["max_connections": "300"])

    /// Runs `body` with a new, empty database, and drops it afterwards, whoever is still connected.
    ///
    /// - Parameters:
    ///   - hint: becomes part of the database's name.
    ///   - body: gets the database's connection string (superuser, Unix socket).
    package static func withDatabase<Result: Sendable>(
        _ hint: String = "test",
        _ body: (String) async throws -> Result
    ) async throws -> Result {
        try await cluster.boot()
        return try await cluster.withDatabase(hint, body)
    }
}
