import Foundation
import PostgresClient
import Testing

@testable import DaybookServer

/// Files that are larger than what this process would want in memory.
struct ExportTests {
    @Test("A year's export waits for its reader, in Postgres and not in memory, and is complete")
    func boundedMemory() async throws {
        var access = ServerAccess()
        // A slow reader, but one that reads.
        access.limits.writeStallSeconds = 600
        try await ServerFixture.with(access: access) { fixture in
            try await fixture.run(
                """
                INSERT INTO sales_daily (day, user_id, shop, sales, cents, kinds, cents_each, share)
                SELECT date '2025-01-01' + d, u, repeat(md5(d || ' ' || u), 60), 1, 1, '[]', 1, 1
                FROM generate_series(0, 364) AS d, generate_series(1, 20) AS u
                """)
            try await fixture.serving { port in
                let reader = try RawConnection(port: port, receiveBuffer: 65_536)
                try await reader.ask(
                    "/api/rollups/sales_daily?from=2025-01-01&to=2025-12-31&format=csv", headers: ["Connection: close"])
                let start = try await reader.read(until: "\n2025-")
                try await eventually("Postgres waits for the reader") {
                    try await fixture.connection.query(
                        """
                        SELECT EXISTS (SELECT FROM pg_stat_activity WHERE application_name = 'daybook export'
                            AND datname = current_database() AND wait_event = 'ClientWrite')
                        """)[0].decode(Bool.self)
                }
                let file = try await (start + reader.read(until: "\r\n0\r\n\r\n"))
                #expect(file.components(separatedBy: "\r\n2025-").count - 1 == 365 * 20)
                #expect(file.utf8.count > 14_000_000)
            }
        }
    }
}
