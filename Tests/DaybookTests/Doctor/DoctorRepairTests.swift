import PostgresClient
import PrivatePostgres
import Testing

@testable import Daybook

/// What audits, repairs and builds need.
struct DoctorRepairTests {
    @Test func rowSecurityThatBlinds() async throws {
        try await DoctorFixture.with(
            "CREATE ROLE doctor_owner LOGIN; GRANT ALL ON SCHEMA public TO doctor_owner; SET ROLE doctor_owner; "
                + "\(DoctorFixture.orders) ALTER TABLE orders ENABLE ROW LEVEL SECURITY; "
                + "ALTER TABLE orders FORCE ROW LEVEL SECURITY; RESET ROLE", installed: false
        ) { fixture in
            #expect(try await fixture.examine().lines == ["info not-installed: database"])
            try await PostgresConnection.withConnection(fixture.configuration.with("user", "doctor_owner")) { owner in
                let findings = try await fixture.examine(on: owner)
                #expect(findings.lines.first == "error row-security: public.orders")
                #expect(!findings.lines.contains { $0.hasPrefix("error definition") })
                #expect(findings.lines.contains("info sessions-hidden: role"))
            }
            try await fixture.connection.execute("DROP OWNED BY doctor_owner CASCADE; DROP ROLE doctor_owner")
        }
    }

    @Test func missingIndex() async throws {
        try await DoctorFixture.with { fixture in
            let change =
                "DROP INDEX orders_at_idx; CREATE INDEX ON orders (shop, at); CREATE INDEX ON orders (at) WHERE shop "
                + "= 1"
            let findings = try await fixture.examine(after: change)
            #expect(findings.lines == ["info missing-index: public.orders"])
            #expect(try await fixture.examine { $0.bigTable = 0 }.lines == ["warning missing-index: public.orders"])
            #expect(try await fixture.examine(after: "CREATE INDEX ON orders USING brin (at)").lines == [])
        }
    }

    @Test func missingIndexOnOnePartition() async throws {
        let script = DoctorFixture.partitionedOrders.replacing("CREATE INDEX ON orders (at);", with: "")
        try await DoctorFixture.with(script) { fixture in
            let findings = try await fixture.examine(
                after: "CREATE INDEX ON orders_1 (at); CREATE TABLE orders_2 PARTITION OF orders FOR VALUES IN (2)")
            #expect(findings.lines.contains("info missing-index: public.orders"))
            #expect(findings.contains { $0.evidence.contains("on 1 of its 2 partitions") })
        }
    }

    @Test(arguments: [
        ("at", "at"), (" At ", "at"), ("\"At\"", "At"), ("\"a\"\"t\"", "a\"t"), ("at::date", nil),
        ("\"a\" || \"b\"", nil),
        ("1", nil), ("coalesce(a, b)", nil),
    ])
    func simpleColumn(expression: String, name: String?) {
        #expect(SimpleColumn.name(expression) == name)
    }

    @Test func collationVersions() async throws {
        try await PrivatePostgres.withCluster { cluster in
            _ = try await cluster.psql(
                "CREATE DATABASE shop TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'und' LOCALE 'C.UTF-8'")
            try await DoctorFixture.with(database: cluster.connectionString(database: "shop")) { fixture in
                #expect(try await fixture.examine().lines == [])
                let findings = try await fixture.examine(
                    after: """
                        UPDATE pg_database SET datcollversion = '1' WHERE datname = 'shop';
                        CREATE TABLE other (name text COLLATE "und-x-icu");
                        UPDATE pg_collation SET collversion = '1' WHERE collname IN ('und-x-icu', 'de-x-icu');
                        """)
                #expect(
                    findings.lines == [
                        "warning collation-version: database shop",
                        "warning collation-version: collation pg_catalog.und-x-icu",
                    ])
            }
        }
    }

    @Test func localeDependentExpressions() async throws {
        let yaml = DoctorFixture.yaml(
            shop: "case when lower(name) = 'x' and name > 'a' and upper(name COLLATE \"C\") <> 'Y' then 1 else 2 end")
        try await DoctorFixture.with { fixture in
            try await fixture.install(yaml)
            let findings = try await fixture.examine(yaml: yaml)
            #expect(findings.lines == ["info locale-dependent: orders_daily order"])
            #expect(findings[0].evidence.contains("lower(text), text_gt(text,text),"), "\(findings)")
        }
    }

    @Test func volatileExpression() async throws {
        try await DoctorFixture.with(installed: false) { fixture in
            let findings = try await fixture.examine(yaml: DoctorFixture.yaml(shop: "(random() * 10)::integer"))
            #expect(
                findings.lines == [
                    "error volatile-expression: x.yml:12 events.order.values.shop", "info not-installed: database",
                ])
        }
    }
}
