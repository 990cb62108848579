import PostgresClient
import PrivatePostgres
import Testing

@testable import Daybook

/// A database of its own with a table `orders` of an application, and a rollup that it feeds.
struct DoctorFixture {
    /// As superuser.
    let connection: PostgresConnection
    let configuration: PostgresConfiguration

    static let orders = """
        CREATE TABLE orders (id bigserial PRIMARY KEY, shop integer NOT NULL, name text, at timestamptz NOT NULL);
        CREATE INDEX ON orders (at);
        """
    static let partitionedOrders = """
        CREATE TABLE orders (id bigint, shop integer NOT NULL, name text, at timestamptz NOT NULL)
            PARTITION BY LIST (shop);
        CREATE INDEX ON orders (at);
        CREATE TABLE orders_1 PARTITION OF orders FOR VALUES IN (1);
        """

    static func yaml(at: String = "at", shop: String = "shop") -> String {
        """
        rollup: orders_daily
        title: Orders
        dimensions:
          shop: integer
        measures:
          orders: count
        events:
          order:
            source: orders
            at: '\(at)'
            values:
              shop: \(shop)
        """
    }

    static func with(
        _ script: String = orders, installed: Bool = true, _ body: (DoctorFixture) async throws -> Void
    ) async throws {
        try await SharedCluster.withDatabase("doctor") { database in
            try await with(database: database, script, installed: installed, body)
        }
    }

    /// In a database that the test has made.
    static func with(
        database: String, _ script: String = orders, installed: Bool = true,
        _ body: (DoctorFixture) async throws -> Void
    ) async throws {
        let configuration = PostgresConfiguration(database)
        try await PostgresConnection.withConnection(configuration) { connection in
            try await connection.execute(script)
            let fixture = DoctorFixture(connection: connection, configuration: configuration)
            if installed { try await fixture.install() }
            try await body(fixture)
        }
    }

    func install(_ yaml: String = yaml()) async throws {
        let rollups = try await DefinitionCatalog.resolve(DefinitionLoader.parse(yaml, file: "x.yml"), on: connection)
        _ = try await Installer(on: connection).install(rollups)
    }

    /// What is found after a change, apart from what is always found where no daemon runs.
    func examine(
        after change: String = "SELECT 1", yaml: String = yaml(), on other: PostgresConnection? = nil,
        _ adjust: (inout DoctorLimits) -> Void = { _ in }
    ) async throws -> [DoctorFinding] {
        try await connection.execute(change)
        var limits = DoctorLimits()
        adjust(&limits)
        return try await Doctor.examine(
            DefinitionLoader.parse(yaml, file: "x.yml"), on: other ?? connection, limits: limits
        ).filter { $0.check != "no-leader" }
    }
}

extension Sequence<DoctorFinding> {
    /// `severity check: subject` of each.
    var lines: [String] {
        map { "\($0.severity.rawValue) \($0.check): \($0.subject)" }
    }
}
