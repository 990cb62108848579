import PostgresClient

/// Settings of the engine's own session.
enum SessionSettings {
    /// The fixed settings under which expressions are evaluated, and plans made once: the hot statements look at few rows
    /// through an index however large the log grows, so a sequential scan is never their plan.
    static func apply(to connection: PostgresConnection) async throws {
        for (name, value) in FeedSchema.fixedSettings + hotPath {
            try await connection.query("SELECT set_config($1::text, $2::text, false)", [name, value])
        }
    }

    /// For statements that read much of a table, inside a transaction.
    nonisolated(nonsending) static func withPlansForManyRows<Result: Sendable>(
        on connection: PostgresConnection, _ body: () async throws -> Result
    ) async throws -> Result {
        try await connection.execute("SET LOCAL enable_seqscan = on; SET LOCAL plan_cache_mode = auto")
        let result = try await body()
        try await connection.execute("SET LOCAL enable_seqscan = off; SET LOCAL plan_cache_mode = force_generic_plan")
        return result
    }

    private static let hotPath = [
        ("enable_seqscan", "off"), ("plan_cache_mode", "force_generic_plan"), ("jit", "off"),
        // A filtered truth is an error, not a repair.
        ("row_security", "off"),
    ]
}
