import PostgresClient
import Testing

@Suite struct ConnectionTests {
    @Test func connectsAndAnswers() async throws {
        try await withTestConnection { connection in
            let rows = try await connection.query("select $1::int4 + 1, $2, null::text", [Int32(41), "h\u{e9}"])
            let (number, text, null) = try #require(rows.first).decode(Int32.self, String.self, String?.self)
            #expect(number == 42)
            #expect(text == "h\u{e9}")
            #expect(null == nil)
            #expect(connection.serverVersion >= 150_000)
            try await connection.requirePrimary()
        }
    }
}
