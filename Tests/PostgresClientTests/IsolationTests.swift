import PostgresClient
import Testing

/// Bodies run where their caller does: an actor may touch its own state in them.
@Suite struct IsolationTests {
    private actor Counter {
        private var count = 0
        private let log = Log()

        func run(_ connection: PostgresConnection) async throws -> Int {
            try await connection.withTransaction { connection in
                count += 1
                assertIsolated()
                try await connection.stream("select generate_series(1, 10)", batchSize: 3) { rows in
                    for try await batch in rows {
                        count += batch.count
                        log.lines.append("batch")
                    }
                }
                _ = try await connection.copyIn("copy t from stdin") { writer in
                    count += 1
                    try await writer.write("1\n")
                }
            }
            try await connection.listen(to: ["bell"]) { notifications in
                count += try await notifications.drain().count
                log.lines.append("listened")
            }
            #expect(log.lines.count == 5)
            return count
        }
    }

    /// Not Sendable on purpose.
    private final class Log {
        var lines: [String] = []
    }

    @Test func bodiesMayUseTheStateOfTheirActor() async throws {
        try await withTestConnection { connection in
            try await connection.execute("create temp table t (n int4)")
            let count = try await Counter().run(connection)
            #expect(count == 12)
        }
    }
}
