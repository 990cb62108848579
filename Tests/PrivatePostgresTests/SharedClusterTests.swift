import PrivatePostgres
import Testing

@Suite("The shared cluster", .timeLimit(.minutes(5)))
struct SharedClusterTests {
    @Test("Each user has a database of his own, on one server", arguments: 0..<6)
    func ownDatabase(number: Int) async throws {
        try await SharedCluster.withDatabase("Own database, é") { connection in
            #expect(connection.contains("dbname=t_own_database____"))
        }
    }

    @Test("A body that throws loses its database as well")
    func throwing() async throws {
        struct Expected: Error {}
        try await PrivatePostgres.withCluster { cluster async throws in
            await #expect(throws: Expected.self) {
                try await cluster.withDatabase { _ in throw Expected() }
            }
            #expect(try await cluster.psql("SELECT count(*) FROM pg_database WHERE datname LIKE 't\\_%'") == "0\n")
        }
    }

    @Test("A failing statement is an error with what psql said")
    func failing() async throws {
        try await PrivatePostgres.withCluster { cluster async throws in
            let error = await #expect(throws: PrivatePostgresError.self) { try await cluster.psql("SELECT nothing") }
            #expect(error?.code == .statementFailed)
            #expect(error?.message.contains("nothing") == true)
        }
    }
}
