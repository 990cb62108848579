import PostgresClient

/// This process' row in `daybook.daemons`.
struct DaemonRegister: Sendable {
    let id: UInt128
    let host: String
    let pid: Int32

    /// A daemon not seen for this long is forgotten.
    private static let forgetAfter = "1 hour"

    /// Enters or renews the row; drops those of daemons long gone.
    func announce(_ role: EngineStatus.Role, backend: Int32, on connection: PostgresConnection) async throws {
        try await connection.query(
            """
            INSERT INTO daybook.daemons AS d (id, host, pid, backend_pid, role)
            VALUES ($1::text::uuid, $2::text, $3::integer, $4::integer, $5::text)
            ON CONFLICT (id) DO UPDATE SET
                since = CASE WHEN d.role = EXCLUDED.role AND d.backend_pid = EXCLUDED.backend_pid THEN d.since
                        ELSE clock_timestamp() END,
                role = EXCLUDED.role, backend_pid = EXCLUDED.backend_pid, seen_at = clock_timestamp()
            """,
            [hexID, host, pid, backend, role.rawValue], cached: true
        )
        try await connection.query(
            "DELETE FROM daybook.daemons WHERE seen_at < clock_timestamp() - $1::text::interval", [Self.forgetAfter],
            cached: true
        )
    }

    func withdraw(on connection: PostgresConnection) async throws {
        try await connection.query("DELETE FROM daybook.daemons WHERE id = $1::text::uuid", [hexID])
    }

    private var hexID: String {
        let hex = String(id, radix: 16)
        return String(repeating: "0", count: 32 - hex.count) + hex
    }
}
