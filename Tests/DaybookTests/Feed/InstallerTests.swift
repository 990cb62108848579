import PostgresClient
import Testing

@testable import Daybook

struct InstallerTests {
    /// Everything that the catalog knows of the database's own objects.
    private static let objects = """
        SELECT 'relation' AS kind, c.oid::regclass::text AS name FROM pg_class AS c
        WHERE c.relnamespace NOT IN (SELECT oid FROM pg_namespace WHERE nspname LIKE 'pg\\_%' OR nspname = 'information_schema')
        UNION ALL SELECT 'column', c.oid::regclass || '.' || a.attname || ' ' || a.atttypid::regtype FROM pg_class AS c
            JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0
            WHERE c.relnamespace = 'public'::regnamespace
        UNION ALL SELECT 'function', p.oid::regprocedure::text FROM pg_proc AS p
            WHERE p.pronamespace NOT IN (SELECT oid FROM pg_namespace WHERE nspname LIKE 'pg\\_%' OR nspname = 'information_schema')
        UNION ALL SELECT 'trigger', t.tgname || ' ' || t.tgrelid::regclass FROM pg_trigger AS t
        UNION ALL SELECT 'schema', nspname FROM pg_namespace WHERE nspname NOT LIKE 'pg\\_%'
        """

    private func objects(_ fixture: FeedFixture) async throws -> String {
        try await fixture.table("SELECT * FROM (\(Self.objects)) AS o ORDER BY 1, 2")
    }

    @Test func twiceIsOnce() async throws {
        try await FeedFixture.with(installed: false) { fixture in
            let first = try await fixture.install()
            #expect(first.statements > 0 && first.rebuilt == ["visits_daily"])
            let objects = try await objects(fixture)
            let second = try await fixture.install()
            #expect(second.statements == 0 && second.rebuilt.isEmpty)
            #expect(try await self.objects(fixture) == objects)
            #expect(try await Cursor.read(on: fixture.connection).epoch == 0)
        }
    }

    @Test func thePlanChangesNothingAndIsWhatInstallRuns() async throws {
        try await FeedFixture.with(installed: false) { fixture in
            let before = try await objects(fixture)
            let plan = try await Installer(on: fixture.connection).plan(fixture.rollups())
            #expect(try await objects(fixture) == before)
            #expect(try await fixture.install().statements == plan.count)
            #expect(try await Installer(on: fixture.connection).plan(fixture.rollups()).isEmpty)
        }
    }

    /// What `--dry-run` prints can be run by hand.
    @Test func thePlanIsAScript() async throws {
        try await FeedFixture.with(installed: false) { fixture in
            let plan = try await Installer(on: fixture.connection).plan(fixture.rollups())
            try await fixture.run("BEGIN; \(plan.joined(separator: ";\n")); COMMIT")
            #expect(try await fixture.install().statements == 0)
        }
    }

    @Test func uninstallLeavesTheRollupTablesOnly() async throws {
        try await FeedFixture.with(installed: false) { fixture in
            let before = try await objects(fixture)
            try await fixture.install()
            try await fixture.run("INSERT INTO visits_daily (site, day, visits) VALUES ('kept', '2020-01-01', 1)")
            #expect(try await Installer(on: fixture.connection).uninstall())
            #expect(try await fixture.count("visits_daily") == 1)
            try await fixture.run(
                "INSERT INTO visits (site, at) VALUES ('a', '2024-05-01'); DROP TABLE visits_daily; TRUNCATE visits")
            #expect(try await objects(fixture) == before)
            #expect(try await Installer(on: fixture.connection).uninstall() == false)
        }
    }

    @Test func aNewTableIsMadeForItsWork() async throws {
        try await FeedFixture.with { fixture in
            let facts = try await fixture.table(
                """
                SELECT c.reloptions, pg_get_constraintdef(k.oid) AS key, obj_description(c.oid) AS comment
                FROM pg_class AS c JOIN pg_constraint AS k ON k.conrelid = c.oid WHERE c.relname = 'visits_daily'
                """)
            #expect(facts.contains("{fillfactor=70}"))
            #expect(facts.contains("UNIQUE NULLS NOT DISTINCT (site, day)"))
            #expect(facts.contains("Kept by Daybook"))
        }
    }

    @Test func anExistingTableIsAdopted() async throws {
        let existing = """
            CREATE TABLE visits_daily (
                id serial, day date NOT NULL, site varchar(40), visits integer NOT NULL, remark text DEFAULT 'ours'
            );
            INSERT INTO visits_daily (day, site, visits) VALUES ('2020-01-01', 'old', 3);
            """
        try await FeedFixture.with(Visits.table + existing) { fixture async throws in
            #expect(
                try await fixture.table("SELECT * FROM visits_daily") == """
                    id | day        | site | visits | remark | bytes | browsers | bytes_each
                    1  | 2020-01-01 | old  | 3      | ours   | 0     | []       | ∅
                    """)
            #expect(try await fixture.install().statements == 0)
            await #expect(throws: PostgresError.self) {
                try await fixture.run("INSERT INTO visits_daily (day, site, visits) VALUES ('2020-01-01', 'old', 3)")
            }
        }
    }

    @Test func duplicateKeysAreRefusedBeforeAnythingChanges() async throws {
        let existing = """
            CREATE TABLE visits_daily (day date, site text, visits integer);
            INSERT INTO visits_daily VALUES ('2020-01-01', 'a', 1), ('2020-01-01', 'a', 2);
            """
        try await FeedFixture.with(Visits.table + existing, installed: false) { fixture in
            let before = try await objects(fixture)
            await #expect(throws: DefinitionError.self) { try await fixture.install() }
            #expect(try await objects(fixture) == before)
        }
    }

    /// A writer keeps its transaction open throughout.
    @Test func aLockedSourceIsNotQueuedFor() async throws {
        try await FeedFixture.with(installed: false) { fixture in
            let before = try await objects(fixture)
            try await fixture.withSession { writer in
                try await writer.execute("BEGIN; INSERT INTO visits (site) VALUES ('a')")
                let rollups = try await fixture.rollups()
                let installer = Installer(on: fixture.connection, lockTimeout: .milliseconds(20), attempts: 2)
                let error = await #expect(throws: FeedError.self) { try await installer.install(rollups) }
                #expect(error?.description.contains("2 attempts") == true)
                // Nothing of the attempts stands in the application's way.
                try await fixture.withSession { other in
                    try await other.execute("SET lock_timeout = '10ms'; INSERT INTO visits (site) VALUES ('b')")
                }
                try await writer.execute("ROLLBACK")
            }
            #expect(try await objects(fixture) == before)
        }
    }

    @Test func installGoesOnWhenTheLockIsGone() async throws {
        try await FeedFixture.with(installed: false) { fixture in
            let rollups = try await fixture.rollups()
            try await fixture.withSession { writer in
                try await writer.execute("BEGIN; INSERT INTO visits (site) VALUES ('a')")
                async let installed = Installer(on: fixture.connection, lockTimeout: .milliseconds(20)).install(rollups)
                try await fixture.withSession { observer in
                    try await eventually("install waits for the lock") {
                        try await observer.query(
                            "SELECT EXISTS (SELECT FROM pg_locks WHERE relation = 'visits'::regclass AND NOT granted)"
                        )[0].decode(Bool.self)
                    }
                }
                try await writer.execute("COMMIT")
                #expect(try await installed.rebuilt == ["visits_daily"])
            }
        }
    }

    @Test func triggersAreEnabledAlways() async throws {
        try await FeedFixture.with { fixture in
            try await fixture.run(
                "SET session_replication_role = replica; INSERT INTO visits (site, at) VALUES ('a', '2024-05-01'); RESET session_replication_role"
            )
            #expect(try await fixture.count("daybook.events") == 1)
        }
    }

    @Test func aTriggerTurnedOffIsPutBackWithAGap() async throws {
        try await FeedFixture.with { fixture in
            for change in ["DISABLE TRIGGER daybook_insert", "ENABLE TRIGGER USER"] {
                try await fixture.run("DELETE FROM daybook.gaps; ALTER TABLE visits \(change)")
                #expect(try await fixture.install().rebuilt.isEmpty)
                #expect(
                    try await fixture.count("daybook.gaps WHERE cause LIKE 'trigger %' AND state = 'open'") >= 1,
                    "\(change)")
                #expect(
                    try await fixture.count("pg_trigger WHERE tgrelid = 'visits'::regclass AND tgenabled = 'A'") == 4)
                #expect(try await fixture.install().statements == 0)
            }
        }
    }

    /// DESIGN §4: the fingerprint includes the trigger row's own xmin. An install that has something else to do must not
    /// take the altered trigger for its own.
    @Test func aTriggerTurnedOffAndOnAgainIsAGap() async throws {
        try await FeedFixture.with { fixture in
            try await fixture.run(
                """
                ALTER TABLE visits DISABLE TRIGGER daybook_insert; INSERT INTO visits (site, at) VALUES ('a', '2024-05-01');
                ALTER TABLE visits ENABLE ALWAYS TRIGGER daybook_insert
                """)
            #expect(try await fixture.install().statements == 0, "a daemon will find it")
            let newest = try await fixture.value(
                "SELECT max(inhrelid::regclass::text) FROM pg_inherits WHERE inhparent = 'daybook.events'::regclass",
                as: String.self)
            try await fixture.run("DROP TABLE \(newest)")
            #expect(try await fixture.install().statements > 0)
            #expect(
                try await fixture.table("SELECT source, cause FROM daybook.gaps")
                    == "source        | cause\npublic.visits | trigger altered")
        }
    }
}
