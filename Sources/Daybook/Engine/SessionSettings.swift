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

    /// For statements over the sources, inside a transaction: with plans for many rows, and so that one that fails (an
    /// expression that divides by zero, a right that was taken away) can be given up without giving up the turn.
    /// - Throws: ``SourceFailure`` with everything the statements did undone.
    nonisolated(nonsending) static func readingSources<Result: Sendable>(
        on connection: PostgresConnection, _ body: () async throws -> Result
    ) async throws -> Result {
        try await connection.execute(
            "SAVEPOINT daybook_sources; SET LOCAL enable_seqscan = on; SET LOCAL plan_cache_mode = auto; "
                + wholeDays.map { "SET LOCAL \($0.name) = '\($0.value)'" }.joined(separator: "; ")
        )
        do {
            let result = try await body()
            try await connection.execute(
                """
                RELEASE SAVEPOINT daybook_sources;
                SET LOCAL enable_seqscan = off; SET LOCAL plan_cache_mode = force_generic_plan;
                """ + wholeDays.map { "SET LOCAL \($0.name) TO DEFAULT" }.joined(separator: "; ")
            )
            return result
        } catch let error as PostgresError where error.code == .server && error.sqlState?.hasPrefix("40") != true {
            try await connection.execute("ROLLBACK TO SAVEPOINT daybook_sources; RELEASE SAVEPOINT daybook_sources")
            throw SourceFailure(underlying: error)
        }
    }

    /// For statements that read whole days. The planner knows nothing of how many rows an event function leaves and takes
    /// them for few, so it would sort to group, loop to join, and do alone what parallel workers can share.
    static let wholeDays = [
        (name: "enable_sort", value: "off"), (name: "enable_nestloop", value: "off"), (name: "work_mem", value: "64MB"),
        (name: "parallel_setup_cost", value: "0"), (name: "parallel_tuple_cost", value: "0"),
        (name: "min_parallel_table_scan_size", value: "0"),
    ]

    private static let hotPath = [
        ("enable_seqscan", "off"), ("plan_cache_mode", "force_generic_plan"), ("jit", "off"),
        // A filtered truth is an error, not a repair.
        ("row_security", "off"),
    ]
}

/// The sources could not be read. The turn goes on without.
struct SourceFailure: Error, CustomStringConvertible {
    let underlying: PostgresError

    var description: String {
        "The sources cannot be read: \(underlying) Mend the rows or the definition that the message names."
    }
}
