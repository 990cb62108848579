import PostgresClient
import Testing

@testable import Daybook

/// What a role that is not superuser lacks, and the GRANT that mends it.
struct CatalogRightsTests {
    /// Runs with the sample's source owned by one role and a connection that acts as another, bare one.
    ///
    /// - Parameter script: `@role` and `@owner` in it stand for the two roles; run as superuser.
    private func withRole(
        _ script: String, _ body: (_ fixture: CatalogFixture, _ role: String) async throws -> Void
    ) async throws {
        try await CatalogFixture.with(CatalogFixture.visits) { fixture in
            let database = try await fixture.connection.query("SELECT current_database()::text")[0].decode(String.self)
            let (role, owner) = ("\(database)_role", "\(database)_owner")
            func named(_ text: String) -> String {
                text.replacing("@role", with: role).replacing("@owner", with: owner).replacing(
                    "@database", with: database)
            }
            try await fixture.connection.execute(
                "CREATE ROLE \(role); CREATE ROLE \(owner); ALTER TABLE visits OWNER TO \(owner); GRANT USAGE "
                    + "ON SCHEMA app TO \(role);"
            )
            try await fixture.connection.execute(named(script))
            try await fixture.connection.execute("SET ROLE \(role)")
            do {
                try await body(fixture, role)
            } catch {
                Issue.record(error)
            }
            try await fixture.connection.execute(
                "RESET ROLE; DROP OWNED BY \(role), \(owner) CASCADE; DROP ROLE \(role); DROP ROLE \(owner)")
        }
    }

    @Test func bareRole() async throws {
        try await withRole(
            "REVOKE TEMPORARY ON DATABASE @database FROM PUBLIC; GRANT TEMPORARY ON DATABASE @database TO @role;"
        ) {
            fixture, role in
            let problems = try await fixture.problems(SampleDefinition.yaml)
            #expect(problems.count == 3, "\(problems)")
            #expect(problems.contains { $0.hasPrefix("database ") && $0.contains("GRANT CREATE ON DATABASE") })
            #expect(problems.contains { $0.contains("GRANT USAGE, CREATE ON SCHEMA \"public\" TO \"\(role)\";") })
            #expect(
                problems.contains {
                    $0.hasPrefix("x.yml:12: events.visit.source: the role")
                        && $0.contains("does not own \"public.visits\"")
                })
        }
    }

    @Test func everyRightGranted() async throws {
        let script =
            "GRANT CREATE ON DATABASE @database TO @role; GRANT CREATE ON SCHEMA public TO @role; GRANT "
            + "@owner TO @role;"
        try await withRole(script) { fixture, _ in
            let problems = try await fixture.problems(SampleDefinition.yaml)
            #expect(problems.isEmpty, "\(problems)")
        }
    }

    @Test func noTemporaryTables() async throws {
        let script = """
            REVOKE TEMPORARY ON DATABASE @database FROM PUBLIC; GRANT CREATE ON DATABASE @database TO @role;
            """
        try await withRole(script) { fixture, _ in
            let problems = try await fixture.problems(SampleDefinition.yaml)
            #expect(problems.count == 1 && problems[0].contains("GRANT TEMPORARY ON DATABASE"), "\(problems)")
        }
    }

    @Test func schemaDaybookOfAnother() async throws {
        let script =
            "CREATE SCHEMA daybook AUTHORIZATION @owner; GRANT CREATE ON SCHEMA public TO @role; ALTER TABLE "
            + "visits OWNER TO @role;"
        try await withRole(script) { fixture, _ in
            let problems = try await fixture.problems(SampleDefinition.yaml)
            #expect(problems.count == 1 && problems[0].contains("the schema \"daybook\" belongs to"), "\(problems)")
        }
    }

    @Test func existingTableOfAnother() async throws {
        let script = """
            CREATE SCHEMA daybook AUTHORIZATION @role; GRANT CREATE ON SCHEMA public TO @role;
            ALTER TABLE visits OWNER TO @role;
            CREATE TABLE visits_daily (site text, day date, visits bigint, bytes bigint,
                browsers jsonb, bytes_each bigint);
            GRANT SELECT, INSERT ON visits_daily TO @role;
            """
        try await withRole(script) { fixture, _ in
            let problems = try await fixture.problems(SampleDefinition.yaml)
            #expect(problems.count == 2, "\(problems)")
            #expect(problems[0].contains("lacks columns or a unique key, and the role"))
            #expect(problems[1].contains("GRANT UPDATE, DELETE ON \"public\".\"visits_daily\" TO"))
        }
    }

    /// Nothing to add and every right: the owner may be another.
    @Test func completeTableOfAnother() async throws {
        let script = """
            CREATE SCHEMA daybook AUTHORIZATION @role; ALTER TABLE visits OWNER TO @role;
            CREATE TABLE visits_daily (site text, day date, visits bigint, bytes bigint,
                browsers jsonb, bytes_each bigint,
                PRIMARY KEY (day, site));
            GRANT SELECT, INSERT, UPDATE, DELETE ON visits_daily TO @role;
            """
        try await withRole(script) { fixture, _ in
            let problems = try await fixture.problems(SampleDefinition.yaml)
            #expect(problems.isEmpty, "\(problems)")
        }
    }

    @Test func ownerWithoutSelectAndPartitionOfAnother() async throws {
        let script = """
            CREATE SCHEMA daybook AUTHORIZATION @role; GRANT CREATE ON SCHEMA public TO @role;
            DROP TABLE visits;
            CREATE TABLE visits (site text, size integer, agent text, seen_at timestamptz, is_robot boolean)
                PARTITION BY LIST (site);
            CREATE TABLE leaf PARTITION OF visits DEFAULT;
            ALTER TABLE visits OWNER TO @role; ALTER TABLE leaf OWNER TO @owner; REVOKE ALL ON visits FROM @role;
            """
        try await withRole(script) { fixture, _ in
            let problems = try await fixture.problems(SampleDefinition.yaml)
            #expect(problems.count == 2, "\(problems)")
            #expect(problems[0].contains("GRANT SELECT, TRIGGER ON \"public\".\"visits\" TO"))
            #expect(problems[1].contains("does not own 1 of the table's partitions, among them \"public.leaf\""))
        }
    }

    @Test func typesOfAnotherSchema() async throws {
        let script = """
            CREATE SCHEMA daybook AUTHORIZATION @role; GRANT CREATE ON SCHEMA public TO @role;
            ALTER TABLE visits OWNER TO @role; REVOKE USAGE ON SCHEMA app FROM @role;
            """
        try await withRole(script) { fixture, _ in
            let problems = try await fixture.problems(SampleDefinition.yaml)
            #expect(
                problems.count == 1 && problems[0].contains("permission denied for schema app. The role needs USAGE"),
                "\(problems)")
        }
    }

    @Test func rowSecurity() async throws {
        let script = """
            CREATE SCHEMA daybook AUTHORIZATION @role; ALTER TABLE visits OWNER TO @role;
            ALTER TABLE visits ENABLE ROW LEVEL SECURITY; ALTER TABLE visits FORCE ROW LEVEL SECURITY;
            CREATE TABLE visits_daily (site text, day date, visits bigint, bytes bigint,
                browsers jsonb, bytes_each bigint);
            ALTER TABLE visits_daily ENABLE ROW LEVEL SECURITY; ALTER TABLE visits_daily FORCE ROW LEVEL SECURITY;
            ALTER TABLE visits_daily OWNER TO @role;
            """
        try await withRole(script) { fixture, _ in
            let problems = try await fixture.problems(SampleDefinition.yaml)
            #expect(problems.count == 2, "\(problems)")
            #expect(problems.allSatisfy { $0.contains("row security hides rows") && $0.contains("BYPASSRLS;") })
        }
    }
}
