import PostgresClient
import PrivatePostgres
import Testing

@testable import Daybook

/// The installation, the rollup tables, the event log and the daemon.
struct DoctorInstallationTests {
    @Test func notInstalled() async throws {
        try await DoctorFixture.with(installed: false) { fixture in
            let before = try await fixture.examine()
            #expect(before.lines == ["info not-installed: database"])
            let halfway = try await fixture.examine(after: "CREATE SCHEMA daybook")
            #expect(halfway.lines == ["error not-installed: schema daybook"])
        }
    }

    @Test func definitionsOtherThanInstalled() async throws {
        try await DoctorFixture.with { fixture in
            let changed = try await fixture.examine(yaml: DoctorFixture.yaml(shop: "shop + 1"))
            #expect(changed.lines == ["error definition-changed: orders_daily"])
            let other = DoctorFixture.yaml().replacing("orders_daily", with: "others_daily")
            #expect(
                try await fixture.examine(yaml: other).lines == [
                    "error rollup-without-file: orders_daily", "error definition-not-installed: others_daily",
                ])
            let newer = try await fixture.examine(after: "UPDATE daybook.cursor SET version = 99")
            #expect(newer.lines == ["error feed-version: schema daybook"])
        }
    }

    @Test func sourceMissing() async throws {
        try await DoctorFixture.with { fixture in
            let findings = try await fixture.examine(after: "DROP TABLE orders")
            #expect(findings.lines == ["error definition: x.yml:9 events.order.source"])
        }
    }

    @Test func anotherHistory() async throws {
        try await DoctorFixture.with { fixture in
            let findings = try await fixture.examine(after: "UPDATE daybook.cursor SET timeline = 99")
            #expect(findings.lines == ["warning another-history: the cursor"])
        }
    }

    @Test func rollupTables() async throws {
        try await DoctorFixture.with { fixture in
            #expect(
                try await fixture.examine(
                    after: """
                        CREATE ROLE doctor_meddler; GRANT UPDATE ON orders_daily TO doctor_meddler;
                        GRANT SELECT ON orders_daily TO PUBLIC;
                        CREATE TRIGGER tell AFTER INSERT ON orders_daily EXECUTE FUNCTION tsvector_update_trigger();
                        """
                ).lines == ["info rollup-writers: public.orders_daily", "info rollup-writers: public.orders_daily"])
            try await fixture.connection.execute(
                "DROP OWNED BY doctor_meddler; DROP ROLE doctor_meddler; DROP TRIGGER tell ON orders_daily")
            #expect(
                try await fixture.examine(after: "ALTER TABLE orders_daily DROP CONSTRAINT orders_daily_pkey").lines
                    == [
                        "error rollup-key-index: public.orders_daily"
                    ])
            #expect(
                try await fixture.examine(after: "ALTER TABLE orders_daily DROP COLUMN orders").lines == [
                    "error rollup-table: public.orders_daily"
                ])
            #expect(
                try await fixture.examine(after: "DROP TABLE orders_daily").lines == [
                    "error rollup-table: public.orders_daily"
                ])
        }
    }

    @Test func parkedKeysAndGaps() async throws {
        try await DoctorFixture.with { fixture in
            let findings = try await fixture.examine(
                after: """
                    INSERT INTO daybook.parked (rollup, day, key, reason) VALUES (1, now(), '{1}', 'out of range');
                    INSERT INTO daybook.gaps (source, cause, state) VALUES ('public.orders', 'truncated', 'open'),
                        ('public.orders', 'truncated', 'open'), ('public.orders', 'drift', 'repaired'),
                        ('public.orders', 'truncated', 'undecided'), (NULL, 'pruned', 'repairing');
                    """)
            #expect(
                findings.lines == [
                    "warning parked-keys: orders_daily", "warning gap-open: public.orders",
                    "warning gap-undecided: public.orders", "info gap-repairing: every source",
                ])
            #expect(findings[1].evidence == "2 gaps are open: truncated.")
        }
    }

    @Test func eventLogPartitions() async throws {
        try await DoctorFixture.with { fixture in
            let today = try await fixture.connection.query("SELECT (clock_timestamp() AT TIME ZONE 'UTC')::date")[0]
                .decode(PostgresDate.self)
            func name(_ days: Int) -> String { "daybook.\(EventLogPartitions.name(of: today.advanced(by: days)))" }
            #expect(try await fixture.examine(after: "DROP TABLE \(name(5))").lines == [])
            #expect(
                try await fixture.examine(after: "ALTER TABLE daybook.events DETACH PARTITION \(name(2))").lines == [
                    "warning event-log-partitions: daybook.events"
                ])
            #expect(
                try await fixture.examine(after: "DROP TABLE \(name(0))").lines == [
                    "error event-log-partitions: daybook.events"
                ])
        }
    }

    @Test func eventLogThatOnlyGrows() async throws {
        try await DoctorFixture.with { fixture in
            let findings = try await fixture.examine(
                after: """
                    CREATE TABLE daybook.events_rest PARTITION OF daybook.events DEFAULT;
                    \(EventLogPartitions.createStatement(for: PostgresDate("2024-01-01")!))
                    """
            ) { $0.eventLogBytes = 0 }
            #expect(
                findings.lines == [
                    "warning event-log-default-partition: daybook.events_rest",
                    "warning event-log-retention: daybook.events",
                    "warning event-log-size: daybook.events",
                ])
        }
    }

    @Test func noDaemonAndDaemonThatLags() async throws {
        try await DoctorFixture.with { fixture in
            try await fixture.connection.execute("INSERT INTO orders (shop, at) VALUES (1, now())")
            let definitions = try DefinitionLoader.parse(DoctorFixture.yaml(), file: "x.yml")
            let before = try await Doctor.examine(definitions, on: fixture.connection)
            #expect(before.lines == ["warning no-leader: daemon"])
            #expect(before[0].evidence.contains("1 events"))
            try await PostgresConnection.withConnection(fixture.configuration) { leader in
                try await leader.query("SELECT pg_advisory_lock(\(FeedSchema.lockClass), \(FeedSchema.leaderLock))")
                #expect(try await fixture.examine().lines == ["info no-standby: daemon"])
                let lagging = try await fixture.examine { $0.lag = .zero }
                #expect(lagging.lines == ["warning feed-lag: daemon", "info no-standby: daemon"])
                try await fixture.connection.execute(
                    """
                    INSERT INTO daybook.daemons (id, host, pid, backend_pid, role)
                    VALUES (gen_random_uuid(), 'other', 1, pg_backend_pid(), 'standby')
                    """)
                #expect(try await fixture.examine().lines == [])
            }
        }
    }
}
