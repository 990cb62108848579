import PostgresClient
import PrivatePostgres
import Testing

@testable import Daybook

/// The server, the connection and the transactions of others.
struct DoctorServerTests {
    @Test func versionTooOld() {
        var server = ServerExamination()
        server.judge(version: 150_000)
        #expect(server.findings.isEmpty)
        server.judge(version: 140_011)
        #expect(server.findings.lines == ["error server-version: server"])
        #expect(!server.isPlaceToWork)
    }

    @Test func standby() async throws {
        try await PrivatePostgres.withCluster { cluster in
            // It follows nobody, and stays in recovery.
            _ = try await cluster.psql(
                """
                SELECT format('COPY (SELECT) TO %L', current_setting('data_directory') || '/standby.signal') \\gexec
                """)
            try await cluster.restart()
            let configuration = PostgresConfiguration(cluster.connectionString)
            try await PostgresConnection.withConnection(configuration) { connection in
                let definitions = try DefinitionLoader.parse(DoctorFixture.yaml(), file: "x.yml")
                let findings = try await Doctor.examine(definitions, on: connection)
                #expect(findings.lines == ["error standby: server"])
            }
        }
    }

    /// A pooler that names another process at the start than those that run the statements.
    @Test func pooler() async throws {
        try await DoctorFixture.with { fixture in
            let options = fixture.configuration.with("options", "-c search_path=pretended,pg_catalog,public")
            try await fixture.connection.execute(
                """
                CREATE SCHEMA pretended;
                CREATE SEQUENCE pretended.pids;
                CREATE FUNCTION pretended.pg_backend_pid() RETURNS integer LANGUAGE sql AS
                    $$ SELECT nextval('pretended.pids')::integer $$;
                """)
            try await PostgresConnection.withConnection(options) { pooled in
                let findings = try await fixture.examine(on: pooled)
                #expect(findings.lines == ["error pooler: connection"])
                #expect(findings[0].evidence.hasPrefix("Two statements"))
            }
        }
    }

    @Test func clockDisagreement() async throws {
        try await DoctorFixture.with { fixture in
            let definitions = try DefinitionLoader.parse(DoctorFixture.yaml(), file: "x.yml")
            for offset in [-3_000_000, 3_000_000] as [Int64] {
                let findings = try await Doctor.examine(definitions, on: fixture.connection) {
                    PostgresTimestamp(microsecondsSince2000: Doctor.systemClock().microsecondsSince2000 + offset)
                }
                #expect(findings.lines.contains("warning clock: server"))
                #expect(findings[0].evidence.contains(offset < 0 ? "ahead of" : "behind"))
            }
        }
    }

    @Test func encoding() async throws {
        try await PrivatePostgres.withCluster { cluster in
            _ = try await cluster.psql("CREATE DATABASE latin TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C'")
            try await DoctorFixture.with(database: cluster.connectionString(database: "latin"), installed: false) {
                fixture in
                let findings = try await fixture.examine()
                #expect(findings.lines == ["error encoding: database latin", "info not-installed: database"])
            }
        }
    }

    @Test func preparedTransactions() async throws {
        try await PrivatePostgres.withCluster(settings: ["max_prepared_transactions": "5"]) { cluster in
            try await DoctorFixture.with(database: cluster.connectionString) { fixture in
                try await fixture.connection.execute("BEGIN; INSERT INTO orders (shop, at) VALUES (1, now())")
                try await fixture.connection.execute("PREPARE TRANSACTION 'half'")
                #expect(try await fixture.examine().lines == ["info prepared-transactions: server"])
                let findings = try await fixture.examine { $0.oldTransaction = .zero }
                #expect(
                    findings.lines == [
                        "warning prepared-transaction-old: prepared transaction half",
                        "info prepared-transactions: server",
                    ])
                try await fixture.connection.execute("ROLLBACK PREPARED 'half'")
            }
        }
    }

    @Test func longTransaction() async throws {
        try await DoctorFixture.with { fixture in
            let configuration = fixture.configuration.with("application_name", "report")
            try await PostgresConnection.withConnection(configuration) { other in
                try await other.withTransaction { transaction in
                    try await transaction.query("INSERT INTO orders (shop, at) VALUES (1, now())")
                    #expect(try await fixture.examine().lines == [])
                    let findings = try await fixture.examine { $0.oldTransaction = .zero }
                    #expect(
                        findings.lines == ["warning long-transaction: pid \(other.backendProcessID) (postgres, report)"]
                    )
                    #expect(findings[0].evidence.contains("idle in transaction"))
                    #expect(findings[0].evidence.contains("its events wait"))
                }
            }
        }
    }

    /// A listener in an open transaction reads nothing, and the queue fills.
    @Test func notificationQueue() async throws {
        try await PrivatePostgres.withCluster { cluster in
            try await DoctorFixture.with(database: cluster.connectionString) { fixture in
                try await PostgresConnection.withConnection(fixture.configuration) { listener in
                    try await listener.execute("LISTEN news")
                    try await listener.execute("BEGIN")
                    try await fixture.connection.execute(
                        "SELECT pg_notify('news', n || repeat('x', 7000)) FROM generate_series(1, 10) AS n")
                    #expect(try await fixture.examine().lines == [])
                    let findings = try await fixture.examine { $0.notificationQueue = 0 }
                    #expect(findings.lines == ["warning notification-queue: server"])
                    try await listener.execute("ROLLBACK")
                }
            }
        }
    }

    /// What the role may not read spoils no other check.
    @Test func missingRightsAreTold() async throws {
        try await DoctorFixture.with { fixture in
            try await fixture.connection.execute("CREATE ROLE doctor_guest LOGIN")
            try await PostgresConnection.withConnection(fixture.configuration.with("user", "doctor_guest")) { guest in
                let findings = try await fixture.examine(on: guest)
                #expect(!findings.isHealthy)
                #expect(
                    findings.contains { $0.subject == "the examination" && $0.check == "installation" }, "\(findings)")
                #expect(findings.lines.contains("info sessions-hidden: role"))
            }
            try await fixture.connection.execute("DROP ROLE doctor_guest")
        }
    }

    /// A lock on the event log keeps nobody waiting, and the rest is examined.
    @Test func lockedTablesAreTold() async throws {
        try await DoctorFixture.with { fixture in
            try await PostgresConnection.withConnection(fixture.configuration) { other in
                try await other.withTransaction { transaction in
                    try await transaction.execute("LOCK TABLE daybook.gaps IN ACCESS EXCLUSIVE MODE")
                    let findings = try await fixture.examine()
                    #expect(findings.lines == ["warning gap-open: the examination"])
                    #expect(findings[0].remedy.contains("locked"))
                }
            }
        }
    }
}
