import PostgresClient
import Testing

@Suite struct DecodingTests {
    @Test func textOfManyTypes() async throws {
        try await withTestConnection { connection in
            let rows = try await connection.query(
                """
                select 'a'::text, 'b'::varchar(3), 'c'::char(2), 'd'::name, 'e'::"char", '{"f": 1}'::json,
                    '{"g": 2}'::jsonb, 'h'
                """
            )
            let texts = try (0..<8).map { try rows[0].decode(String.self, at: $0) }
            #expect(texts == ["a", "b", "c ", "d", "e", "{\"f\": 1}", "{\"g\": 2}", "h"])
        }
    }

    @Test func mistakesNameTheColumnAndNoValue() async throws {
        try await withTestConnection { connection in
            let row = try await connection.query("select 4711 as number, null::int4 as nothing, 4711.5 as fraction")[0]
            let mistakes: [(String, () throws -> Void)] = [
                ("number", { _ = try row.decode(String.self) }),
                ("number", { _ = try row.decode(Int16.self) }),
                ("number", { _ = try row.decode(Bool.self) }),
                ("nothing", { _ = try row.decode(Int.self, at: 1) }),
                ("fraction", { _ = try row.decode(Int128.self, at: 2) }),
            ]
            for (column, mistake) in mistakes {
                let error = #expect(throws: PostgresError.self) { try mistake() }
                #expect(error?.code == .decoding)
                #expect(error?.column == column)
                #expect(error?.description.contains("4711") == false)
            }
            #expect(throws: PostgresError.self) { try row.decode(Int.self, at: 3) }
            #expect(try row.decode(Int128.self) == 4711)
            #expect(row.index(of: "nothing") == 1)
            #expect(row.rawBytes(at: 0) == [0, 0, 0x12, 0x67])
            #expect(row.rawBytes(at: 1) == nil)
        }
    }

    @Test func describeTellsColumnsWithoutRunning() async throws {
        try await withTestConnection { connection in
            let columns = try await connection.describe("select 1/0 as a, $1::text as b")
            #expect(columns == [PostgresColumn(name: "a", type: 23), PostgresColumn(name: "b", type: 25)])
            #expect(try await connection.describe("set work_mem = '1MB'").isEmpty)
            let error = await #expect(throws: PostgresError.self) { try await connection.describe("select nothing") }
            #expect(error?.sqlState == "42703")
        }
    }

    @Test func aZeroByteIsRefusedBeforeItIsSent() async throws {
        try await withTestConnection { connection in
            for attempt in [("select $1", "a\0b"), ("select 1 \0, $1", "a")] {
                let error = await #expect(throws: PostgresError.self) {
                    try await connection.query(attempt.0, [attempt.1])
                }
                #expect(error?.code == .encoding)
            }
            try await expectInStep(connection)
        }
    }

    @Test func affectedRowsComeFromTheCommandTag() async throws {
        try await withTestConnection { connection in
            try await connection.execute("create temp table t (n int4)")
            let insert = try await connection.query("insert into t select generate_series(1, 7)")
            #expect(insert.affectedRows == 7 && insert.isEmpty && insert.commandTag == "INSERT 0 7")
            #expect(try await connection.query("select from t").affectedRows == 7)
            #expect(try await connection.query("set work_mem = '1MB'").affectedRows == 0)
        }
    }
}
