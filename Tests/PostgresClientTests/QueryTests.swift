import PostgresClient
import Testing

@Suite struct QueryTests {
    @Test func serverErrorsTellTheirFieldsAndHideValues() async throws {
        try await withTestConnection { connection in
            try await connection.execute("create temp table t (name text constraint one primary key, n int4)")
            try await connection.query("insert into t values ($1, 1)", ["geheim"])
            let duplicate = await #expect(throws: PostgresError.self) {
                try await connection.query("insert into t values ($1, 1)", ["geheim"])
            }
            #expect(duplicate?.code == .server && duplicate?.sqlState == "23505")
            #expect(duplicate?.table == "t" && duplicate?.constraint == "one")
            #expect(duplicate?.detail?.contains("geheim") == true)
            #expect(duplicate?.description.contains("geheim") == false)

            let syntax = await #expect(throws: PostgresError.self) {
                try await connection.query("select $1::text::int4", ["geheim"])
            }
            #expect(syntax?.message.contains("geheim") == true)
            #expect(syntax?.description.contains("geheim") == false)
            #expect(await connection.isUsable)
        }
    }

    @Test func scriptsRunAsOneTransactionAndReportTheirFirstError() async throws {
        try await withTestConnection { connection in
            try await connection.execute("create temp table t (n int4); insert into t values (1); select * from t")
            let error = await #expect(throws: PostgresError.self) {
                try await connection.execute("insert into t values (2); select 1/0; insert into t values (3)")
            }
            #expect(error?.sqlState == "22012")
            #expect(try await connection.query("select count(*) from t")[0].decode(Int.self) == 1)
        }
    }

    @Test(arguments: ["copy t from stdin", "copy t to stdout", "select 1; copy t to stdout; select 2"])
    func copyWhereItCannotRunIsAnErrorAndNoHang(sql: String) async throws {
        try await withTestConnection { connection in
            try await connection.execute("create temp table t as select generate_series(1, 20000) n")
            let error = await #expect(throws: PostgresError.self) { try await connection.execute(sql) }
            #expect(error?.code == .protocolViolation)
            try await expectInStep(connection)
        }
    }

    @Test func cachedStatementsAreLimitedAndSurviveChanges() async throws {
        try await withTestConnection { connection in
            for number in 0..<300 {
                let answer = try await connection.query("select \(number % 150) + $1::int4", [Int32(1)], cached: true)
                #expect(try answer[0].decode(Int.self) == number % 150 + 1)
            }
            let prepared = try await connection.query("select count(*) from pg_prepared_statements")
            #expect(try prepared[0].decode(Int.self) == 128)

            try await connection.execute("create temp table t (n int4); insert into t values (1)")
            #expect(try await connection.query("select * from t", cached: true)[0].columns.count == 1)
            try await connection.execute("alter table t add m text")
            #expect(try await connection.query("select * from t", cached: true)[0].columns.count == 2)
            try await connection.execute("discard all")
            #expect(try await connection.query("select 1 + $1::int4", [Int32(1)], cached: true).count == 1)
        }
    }

    @Test func aStatementThatCannotBePreparedIsNotKept() async throws {
        try await withTestConnection { connection in
            let sql = "select n from \(uniqueName("nothing"))"
            for _ in 0..<3 {
                let error = await #expect(throws: PostgresError.self) { try await connection.query(sql, cached: true) }
                #expect(error?.sqlState == "42P01")
            }
            try await expectInStep(connection)
        }
    }

    @Test func largeParametersAndResultsPassThrough() async throws {
        try await withTestConnection { connection in
            var writer = PostgresArrayWriter(elementType: PostgresTypeID.int8)
            writer.reserveCapacity(12 * 1_000_000)
            for number in 0..<1_000_000 { withUnsafeBytes(of: Int64(number).bigEndian) { writer.append($0) } }
            let row = try await connection.query(
                "select sum(v), count(*), $1::int8[] from unnest($1::int8[]) v", [writer])[0]
            #expect(try row.decode(Int128.self, at: 0) == 499_999_500_000)
            let count = try row.withRawBytes(at: 2) { try PostgresArrayReader($0!).count }
            #expect(count == 1_000_000)
        }
    }

    @Test func noticesReachTheirReceiver() async throws {
        let (notices, continuation) = AsyncStream.makeStream(of: PostgresNotice.self)
        let connection = try await PostgresConnection.connect(TestCluster.shared.value.configuration()) {
            continuation.yield($0)
        }
        try await connection.execute("do $$ begin raise warning 'look'; end $$")
        continuation.finish()
        #expect(await notices.map(\.message).reduce(into: []) { $0.append($1) } == ["look"])
        await connection.close()
    }
}
