import PostgresClient
import Testing

@Suite struct PipelineTests {
    @Test func resultsComeInOrder() async throws {
        try await withTestConnection { connection in
            let statements = (0..<1000).map {
                PostgresStatement("select $1::int4 * 2", [Int32($0)], cached: $0 % 3 == 0)
            }
            let results = try await connection.pipeline(statements)
            #expect(try results.map { try $0[0].decode(Int.self) } == (0..<1000).map { $0 * 2 })
            #expect(try await connection.pipeline([]).isEmpty)
        }
    }

    @Test(arguments: [false, true]) func theFirstErrorUndoesAllAndNamesItsStatement(cached: Bool) async throws {
        try await withTestConnection { connection in
            try await connection.execute("create temp table t (n int4 primary key)")
            for _ in 0..<3 {
                let error = await #expect(throws: PostgresError.self) {
                    try await connection.pipeline(
                        [1, 2, 1, 3].map { PostgresStatement("insert into t values ($1)", [Int32($0)], cached: cached) }
                    )
                }
                #expect(error?.statementIndex == 2 && error?.sqlState == "23505")
                #expect(try await connection.query("select from t").isEmpty)
            }
        }
    }

    @Test func theServerAndTheClientMayBothHaveMuchToSay() async throws {
        try await withTestConnection { connection in
            let text = String(repeating: "x", count: 200_000)
            let results = try await connection.pipeline(
                (0..<100).map { _ in PostgresStatement("select $1::text", [text]) })
            #expect(results.allSatisfy { $0[0].withRawBytes(at: 0) { $0?.count } == 200_000 })
        }
    }

    @Test func aCacheFullOfOthersMakesRoom() async throws {
        try await withTestConnection { connection in
            for round in 0..<4 {
                let results = try await connection.pipeline(
                    (0..<100).map { PostgresStatement("select \(round * 50 + $0)", cached: true) }
                )
                #expect(try results.map { try $0[0].decode(Int.self) } == (0..<100).map { round * 50 + $0 })
            }
            let prepared = try await connection.query("select count(*) from pg_prepared_statements")
            #expect(try prepared[0].decode(Int.self) == 128)
        }
    }

    @Test func copyInAPipelineCostsTheConnectionAtMost() async throws {
        try await withTestConnection { connection in
            try await connection.execute("create temp table t (n int4)")
            await #expect(throws: PostgresError.self) {
                try await connection.pipeline([PostgresStatement("copy t from stdin"), PostgresStatement("select 1")])
            }
            if await connection.isUsable { try await expectInStep(connection) }
        }
    }
}
