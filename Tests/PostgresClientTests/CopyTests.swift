import PostgresClient
import Testing

@Suite struct CopyTests {
    @Test func copiesWhatIsWritten() async throws {
        try await withTestConnection { connection in
            try await connection.execute("create temp table t (n int4, s text)")
            let rows = try await connection.copyIn("copy t from stdin") { writer in
                for number in 0..<100_000 { try await writer.write("\(number)\trow \(number)\n") }
            }
            #expect(rows == 100_000)
            let row = try await connection.query("select count(*), sum(n) from t")[0]
            let (count, sum) = try row.decode(Int.self, Int.self)
            #expect(count == 100_000 && sum == 4_999_950_000)
        }
    }

    @Test func aThrowingBodyFailsTheCopy() async throws {
        try await withTestConnection { connection in
            try await connection.execute("create temp table t (n int4)")
            await #expect(throws: TestClusterError.self) {
                try await connection.copyIn("copy t from stdin") { writer in
                    for number in 0..<100_000 { try await writer.write("\(number)\n") }
                    throw TestClusterError(what: "enough")
                }
            }
            #expect(try await connection.query("select from t").isEmpty)
        }
    }

    @Test func badDataIsTheServersError() async throws {
        try await withTestConnection { connection in
            try await connection.execute("create temp table t (n int4)")
            let error = await #expect(throws: PostgresError.self) {
                try await connection.copyIn("copy t from stdin") { writer in
                    for _ in 0..<100_000 { try await writer.write("no number\n") }
                }
            }
            #expect(error?.sqlState == "22P02")
            #expect(error?.description.contains("no number") == false)
            try await expectInStep(connection)
        }
    }

    @Test(arguments: ["select 1", "copy pg_class to stdout", "copy nothing from stdin", "set work_mem = '1MB'"])
    func otherStatementsAreRefused(sql: String) async throws {
        try await withTestConnection { connection in
            await #expect(throws: PostgresError.self) { try await connection.copyIn(sql) { _ in } }
            try await expectInStep(connection)
        }
    }
}
