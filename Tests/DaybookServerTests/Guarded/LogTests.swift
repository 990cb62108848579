import HTTPTypes
import Hummingbird
import Logging
import PostgresClient
import Synchronization
import Testing

@testable import Daybook
@testable import DaybookServer

/// What the server writes into its log.
struct LogTests {
    /// Everything that is logged, with its metadata.
    private final class Record: Sendable {
        let lines = Mutex<[String]>([])

        var logger: Logger {
            var logger = Logger(label: "test") { [self] _ in Handler(record: self) }
            logger.logLevel = .trace
            return logger
        }
    }

    private struct Handler: LogHandler {
        let record: Record
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.trace

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            record.lines.withLock { $0.append("\(event.message) \(event.metadata ?? [:])") }
        }
    }

    @Test("Neither tokens nor values of rows or requests, whatever goes wrong")
    func secrets() async throws {
        let desk = try await TokenDesk()
        let record = Record()
        try await ServerFixture.with(gate: desk.gate, access: GuardedServer.open, logger: record.logger) { fixture in
            try await fixture.run(GuardedServer.rows("'2026-01-02 10:00+00'"))
            try await fixture.withEngine { _ in }
            let token = try #require(desk.fields(.operator)[.authorization]?.dropFirst("Bearer ".count))
            let requests: [String] = GuardedRoute.all.flatMap(\.requests)
            let paths: [String] = requests.filter { !$0.contains("/stream") }
            var asked = paths
            for path in paths { asked.append("\(path)\(path.contains("?") ? "&" : "?")shop=asked-for-this") }
            let everything = asked
            func askAll() async throws {
                for path in everything {
                    let fields = try desk.fields(.operator)
                    // A file that cannot be completed ends with an error, which cuts the connection.
                    _ = try? await fixture.get(path, headers: fields)
                }
            }
            try await askAll()
            _ = try await fixture.get("/api/rollups", headers: desk.bearer("not.a.token"))
            // Statements that fail, with the value in what Postgres says of it.
            try await fixture.run("ALTER TABLE sales_daily RENAME COLUMN cents TO pennies")
            try await askAll()
            try await fixture.run(
                """
                ALTER TABLE sales_daily RENAME COLUMN pennies TO cents;
                ALTER TABLE sales_daily ALTER COLUMN shop TYPE text USING shop;
                DROP TABLE daybook.cursor CASCADE
                """)
            try await askAll()
            let lines = record.lines.withLock(\.self)
            #expect(lines.contains { $0.contains("a request failed") } && lines.contains { $0.contains("cut off") })
            for line in lines {
                for secret in [token, "not.a.token", "secret-shop", "secret-kind", "31337", "asked-for-this"] {
                    #expect(!line.contains(secret), "\(line)")
                }
            }
        }
    }
}
