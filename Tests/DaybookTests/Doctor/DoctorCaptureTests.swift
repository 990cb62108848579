import PostgresClient
import PrivatePostgres
import Testing

@testable import Daybook

/// Ways past the triggers.
struct DoctorCaptureTests {
    @Test func partitionAttachedAfterInstall() async throws {
        try await DoctorFixture.with(DoctorFixture.partitionedOrders) { fixture in
            #expect(try await fixture.examine().lines == [])
            let findings = try await fixture.examine(
                after: """
                    CREATE TABLE orders_2 PARTITION OF orders FOR VALUES IN (2) PARTITION BY LIST (shop);
                    CREATE TABLE orders_2_leaf PARTITION OF orders_2 FOR VALUES IN (2);
                    """)
            #expect(
                findings.lines == [
                    "error partition-not-captured: public.orders_2",
                    "error partition-not-captured: public.orders_2_leaf",
                ])
            try await fixture.install()
            #expect(try await fixture.examine().lines == ["warning gap-open: public.orders"])
        }
    }

    @Test func partitionDetached() async throws {
        try await DoctorFixture.with(DoctorFixture.partitionedOrders) { fixture in
            let findings = try await fixture.examine(after: "ALTER TABLE orders DETACH PARTITION orders_1")
            #expect(findings.lines == ["error partition-detached: public.orders_1"])
            let remedy = try #require(findings.first?.remedy)
            let drops = remedy.split(separator: ": ", maxSplits: 1)[1].split(separator: " Then")[0]
            #expect(try await fixture.examine(after: String(drops)).lines == [])
        }
    }

    @Test(arguments: [
        ("DROP TRIGGER daybook_update ON orders", "error trigger-missing"),
        ("ALTER TABLE orders DISABLE TRIGGER daybook_delete", "error trigger-disabled"),
        ("ALTER TABLE orders ENABLE REPLICA TRIGGER daybook_delete", "error trigger-disabled"),
        ("ALTER TABLE orders ENABLE TRIGGER USER", "warning trigger-altered"),
        ("ALTER TABLE orders DISABLE TRIGGER ALL", "error trigger-disabled"),
    ])
    func triggerNotAsInstalled(change: String, expected: String) async throws {
        try await DoctorFixture.with { fixture in
            let findings = try await fixture.examine(after: change)
            #expect(Set(findings.lines) == ["\(expected): public.orders"])
            try await fixture.install()
            #expect(try await fixture.examine().lines == ["warning gap-open: public.orders"])
        }
    }

    @Test func triggerReplacedByOneWithACondition() async throws {
        try await DoctorFixture.with { fixture in
            let function = try await fixture.connection.query(
                "SELECT proname::text FROM pg_proc WHERE proname ~ 'capture_.*_truncate'")[0].decode(String.self)
            let findings = try await fixture.examine(
                after: """
                    CREATE OR REPLACE TRIGGER daybook_truncate AFTER TRUNCATE ON orders FOR EACH STATEMENT
                    WHEN (current_user = 'nobody') EXECUTE FUNCTION daybook.\(function)();
                    ALTER TABLE orders ENABLE ALWAYS TRIGGER daybook_truncate;
                    """)
            #expect(findings.lines == ["error trigger-altered: public.orders"])
        }
    }

    @Test func sourceReplacedByAnotherOfItsName() async throws {
        try await DoctorFixture.with { fixture in
            let findings = try await fixture.examine(after: "DROP TABLE orders; \(DoctorFixture.orders)")
            #expect(findings.lines == Array(repeating: "error trigger-missing: public.orders", count: 4))
        }
    }

    @Test func functionAltered() async throws {
        try await DoctorFixture.with { fixture in
            #expect(
                try await fixture.examine(after: "ALTER FUNCTION daybook.record_gap SET work_mem = '1MB'").lines == [
                    "error function-altered: daybook.record_gap"
                ])
            let event = try await fixture.connection.query(
                "SELECT definition FROM daybook.objects WHERE name = 'event_1_1'")[0]
                .decode(String.self)
            let findings = try await fixture.examine(
                after: """
                    ALTER FUNCTION daybook.record_gap RESET work_mem;
                    \(event.replacing("pg_catalog.isfinite(", with: "NOT pg_catalog.isfinite("))
                    """)
            #expect(findings.lines == ["error function-altered: daybook.event_1_1"])
            #expect(try await fixture.examine(after: event).lines == [])
        }
    }

    @Test func functionDropped() async throws {
        try await DoctorFixture.with { fixture in
            let findings = try await fixture.examine(after: "DROP FUNCTION daybook.record_gap")
            #expect(findings.lines == ["error function-missing: daybook.record_gap"])
        }
    }

    @Test func functionsOfARoleThatMayNotWriteTheLog() async throws {
        try await DoctorFixture.with { fixture in
            let findings = try await fixture.examine(
                after: "CREATE ROLE doctor_outsider; ALTER FUNCTION daybook.record_gap OWNER TO doctor_outsider")
            #expect(findings.lines == ["error capture-rights: role doctor_outsider"])
            try await fixture.connection.execute("DROP OWNED BY doctor_outsider CASCADE; DROP ROLE doctor_outsider")
        }
    }

    @Test func inheritanceChild() async throws {
        try await DoctorFixture.with { fixture in
            let findings = try await fixture.examine(
                after: """
                    CREATE TABLE old_orders () INHERITS (orders); CREATE TABLE older_orders () INHERITS (old_orders);
                    CREATE INDEX ON old_orders (at); CREATE INDEX ON older_orders (at);
                    """)
            #expect(
                findings.lines == [
                    "error inheritance-child: public.old_orders", "error inheritance-child: public.older_orders",
                ])
        }
    }

    @Test func ruleThatRedirects() async throws {
        try await DoctorFixture.with { fixture in
            let findings = try await fixture.examine(
                after: """
                    CREATE RULE keep AS ON DELETE TO orders DO INSTEAD NOTHING;
                    CREATE RULE tell AS ON INSERT TO orders DO ALSO NOTIFY orders;
                    """)
            #expect(findings.lines == ["warning rule: public.orders"])
        }
    }

    @Test func unloggedTables() async throws {
        try await DoctorFixture.with { fixture in
            let findings = try await fixture.examine(
                after: "ALTER TABLE orders SET UNLOGGED; ALTER TABLE daybook.thinned SET UNLOGGED")
            #expect(
                findings.lines == ["error unlogged-table: public.orders", "error unlogged-table: daybook.thinned"])
        }
    }

    @Test func foreignPartition() async throws {
        try await DoctorFixture.with(
            DoctorFixture.partitionedOrders.replacing("CREATE INDEX ON orders (at);", with: "")
        ) {
            fixture in
            let findings = try await fixture.examine(
                after: """
                    CREATE INDEX ON orders_1 (at);
                    CREATE FOREIGN DATA WRAPPER doctor; CREATE SERVER elsewhere FOREIGN DATA WRAPPER doctor;
                    CREATE FOREIGN TABLE orders_3 PARTITION OF orders FOR VALUES IN (3) SERVER elsewhere;
                    """)
            #expect(
                findings.lines == [
                    "error partition-not-captured: public.orders_3", "error foreign-partition: public.orders_3",
                ])
        }
    }

    @Test func replicationRoles() async throws {
        try await DoctorFixture.with { fixture in
            let name = try await fixture.connection.query("SELECT current_database()::text")[0].decode(String.self)
            let findings = try await fixture.examine(
                after: """
                    CREATE ROLE doctor_loader;
                    ALTER ROLE doctor_loader IN DATABASE \(name) SET session_replication_role = replica;
                    ALTER DATABASE \(name) SET session_replication_role = 'local';
                    """)
            #expect(findings.lines == ["warning replication-role: role doctor_loader in database \(name)"])
            let remedy = try #require(findings.first?.remedy.split(separator: ";").first)
            #expect(try await fixture.examine(after: String(remedy)).lines == [])
            try await fixture.connection.execute("DROP ROLE doctor_loader")
            let options = fixture.configuration.with("options", "-c session_replication_role=replica")
            try await PostgresConnection.withConnection(options) { replica in
                let findings = try await fixture.examine(on: replica)
                #expect(findings.lines == ["warning replication-role: server"])
            }
        }
    }

    @Test func statementTimeoutOfAWriter() async throws {
        try await DoctorFixture.with { fixture in
            let findings = try await fixture.examine(
                after: """
                    CREATE ROLE doctor_writer; CREATE ROLE doctor_reader; GRANT INSERT ON orders TO doctor_writer;
                    ALTER ROLE doctor_writer SET statement_timeout = '5s';
                    ALTER ROLE doctor_reader SET statement_timeout = '5s';
                    """)
            #expect(findings.lines == ["info statement-timeout: role doctor_writer"])
            try await fixture.connection.execute("DROP OWNED BY doctor_writer; DROP ROLE doctor_writer, doctor_reader")
        }
    }

    @Test func subscription() async throws {
        try await PrivatePostgres.withCluster { cluster in
            let (publisher, subscriber) = (try await cluster.createDatabase(), try await cluster.createDatabase())
            _ = try await cluster.psql(
                "\(DoctorFixture.orders) CREATE PUBLICATION all_orders FOR TABLE orders;", database: publisher)
            try await DoctorFixture.with(database: cluster.connectionString(database: subscriber)) { fixture in
                let findings = try await fixture.examine(
                    after: """
                        CREATE SUBSCRIPTION from_elsewhere CONNECTION \
                        \(cluster.connectionString(database: publisher).quotedLiteral) PUBLICATION all_orders
                        WITH (create_slot = false, slot_name = NONE, enabled = false, copy_data = false)
                        """)
                #expect(findings.lines == ["warning subscription: public.orders"])
            }
        }
    }
}
