import PostgresClient
import PrivatePostgres
import Testing

@testable import Daybook

/// The checks leave the connection and the database as they were.
struct CatalogTransactionTests {
    @Test func sessionIsAsBefore() async throws {
        try await CatalogFixture.with(
            CatalogFixture.visits + "SET search_path = app, public; SET TimeZone = 'Asia/Tokyo';"
        ) { fixture in
            let yaml = SampleDefinition.replacing(("bytes: size", "bytes: nothing"))
            for yaml in [SampleDefinition.yaml, yaml] {
                _ = try await fixture.problems(yaml)
                let row = try await fixture.connection.query(
                    """
                    SELECT current_setting('search_path'), current_setting('TimeZone'), current_setting('lock_timeout'),
                        (SELECT count(*) FROM pg_class WHERE relpersistence = 't')
                    """)[0]
                #expect(try row.decode(String.self, at: 0) == "app, public")
                #expect(try row.decode(String.self, at: 1) == "Asia/Tokyo")
                #expect(try row.decode(String.self, at: 2) == "0")
                #expect(try row.decode(Int.self, at: 3) == 0)
            }
        }
    }

    /// The sources are the application's: it may hold any lock on them meanwhile.
    @Test func sourceLockedByAnother() async throws {
        try await SharedCluster.withDatabase("definitions") { database in
            try await PostgresConnection.withConnection(PostgresConfiguration(database)) { other in
                try await other.execute(CatalogFixture.visits)
                try await other.execute("BEGIN; LOCK TABLE visits IN ACCESS EXCLUSIVE MODE")
                try await PostgresConnection.withConnection(PostgresConfiguration(database)) { connection in
                    let loaded = try DefinitionLoader.parse(SampleDefinition.yaml, file: "x.yml")
                    #expect(try await DefinitionCatalog.resolve(loaded, on: connection).count == 1)
                }
                try await other.execute("ROLLBACK")
            }
        }
    }

    @Test func readOnlySession() async throws {
        try await CatalogFixture.with(CatalogFixture.visits + "SET default_transaction_read_only = on;") { fixture in
            let problems = try await fixture.problems(SampleDefinition.yaml)
            #expect(
                problems.count == 1 && problems[0].contains("SET default_transaction_read_only = off;"), "\(problems)")
        }
    }

    /// What is not the definition's fault is not reported as its problem.
    @Test func lostConnection() async throws {
        try await CatalogFixture.with(CatalogFixture.visits) { fixture in
            await fixture.connection.close()
            let loaded = try DefinitionLoader.parse(SampleDefinition.yaml, file: "x.yml")
            await #expect(throws: PostgresError.self) {
                try await DefinitionCatalog.resolve(loaded, on: fixture.connection)
            }
        }
    }

    @Test func encodingMustBeUTF8() async throws {
        try await SharedCluster.withDatabase("definitions") { database in
            let admin = PostgresConfiguration(database)
            try await PostgresConnection.withConnection(admin) { connection in
                let name =
                    try await connection.query("SELECT current_database()::text")[0].decode(String.self) + "_latin"
                try await connection.execute("CREATE DATABASE \(name) TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C'")
                let problems = try await PostgresConnection.withConnection(admin.with("dbname", name)) { latin in
                    try await latin.execute(CatalogFixture.visits.replacing("COLLATE app.insensitive", with: ""))
                    return try await CatalogFixture(connection: latin).problems(SampleDefinition.yaml)
                }
                #expect(
                    problems.count == 1
                        && problems[0].hasPrefix("database \(name): encoding: the database's encoding is LATIN1"),
                    "\(problems)")
                try await connection.execute("DROP DATABASE \(name)")
            }
        }
    }
}
