import Daybook
import PostgresClient

/// Daybook's own capture, less the bell: the trigger notifies in every transaction, as triggers commonly do.
enum NotifyingCapture {
    /// Replaces the installed functions.
    static func replaceBell(on connection: PostgresConnection) async throws {
        let rows = try await connection.query(
            """
            SELECT pg_get_functiondef(p.oid) FROM pg_proc AS p
            WHERE p.pronamespace = 'daybook'::regnamespace AND p.proname LIKE 'capture%' AND p.prosrc LIKE '%' || $1::text || '%'
            """,
            [question]
        )
        guard !rows.isEmpty else {
            throw BenchmarkError("The capture functions do not ask for the bell's lock as expected.")
        }
        for row in rows {
            try await connection.execute(try row.decode(String.self).replacing(question, with: ""))
        }
    }

    /// What a writer asks before it rings.
    private static let question =
        " AND NOT pg_catalog.pg_try_advisory_xact_lock_shared(\(FeedSchema.lockClass), \(FeedSchema.bellLock))"
}
