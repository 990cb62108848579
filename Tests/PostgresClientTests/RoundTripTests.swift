import PostgresClient
import Testing

/// Random values of each type, sent and read back in binary, and compared with what the server makes of their text.
@Suite struct RoundTripTests {
    private static let count = 400

    private func check<T: PostgresArrayElement & PostgresEncodable & PostgresDecodable & Equatable & Sendable>(
        _ type: String,
        text: (T) -> String,
        _ value: (inout SeededGenerator) -> T
    ) async throws {
        var generator = SeededGenerator(seed: 42)
        let values = (0..<Self.count).map { _ in
            Int.random(in: 0..<10, using: &generator) == 0 ? nil : value(&generator)
        }
        try await withTestConnection { connection in
            try await connection.execute("set timezone = 'UTC'; set datestyle = 'ISO'; set extra_float_digits = 3")
            let rows = try await connection.query(
                "select v, v::text, array[v, null] from unnest($1::\(type)[]) with ordinality as t (v, n) order by n",
                [values]
            )
            #expect(rows.count == values.count)
            for (row, value) in zip(rows, values) {
                let (decoded, printed, array) = try row.decode(T?.self, String?.self, [T?].self)
                #expect(decoded == value)
                #expect(printed == value.map(text))
                #expect(array == [value, nil])
            }
            let single = try await connection.query("select $1::\(type), $2::\(type)[]", [values[1], values])
            #expect(try single[0].decode(T?.self, at: 0) == values[1])
            #expect(try single[0].decode([T?].self, at: 1) == values)
        }
    }

    @Test func bool() async throws {
        try await check("bool", text: { $0 ? "true" : "false" }) { Bool.random(using: &$0) }
    }

    @Test func int2() async throws {
        try await check("int2", text: \.description) { Int16.random(in: .min ... .max, using: &$0) }
    }

    @Test func int4() async throws {
        try await check("int4", text: \.description) { Int32.random(in: .min ... .max, using: &$0) }
    }

    @Test func int8() async throws {
        try await check("int8", text: \.description) {
            Int64.random(in: .min ... .max, using: &$0) >> Int64.random(in: 0...63, using: &$0)
        }
        try await check("int8", text: \.description) { Int.random(in: .min ... .max, using: &$0) }
    }

    @Test func oid() async throws {
        try await check("oid", text: \.description) { UInt32.random(in: .min ... .max, using: &$0) }
    }

    @Test func wholeNumeric() async throws {
        try await check("numeric", text: \.description) {
            Int128.random(in: .min ... .max, using: &$0) >> Int128.random(in: 0...127, using: &$0)
        }
    }

    @Test func float8() async throws {
        try await withTestConnection { connection in
            let values = [0, -0.0, 0.1, .infinity, -.infinity, .greatestFiniteMagnitude, .leastNonzeroMagnitude, .pi]
            let rows = try await connection.query("select unnest($1::float8[])", [values])
            #expect(try rows.map { try $0.decode(Double.self).bitPattern } == values.map(\.bitPattern))
            let nan = try await connection.query("select 'nan'::float8, 1.5::float4")
            let (notANumber, short) = try nan[0].decode(Double.self, Double.self)
            #expect(notANumber.isNaN && short == 1.5)
        }
    }

    @Test func text() async throws {
        let alphabet = Array("abc \"'\\{},\n\u{1}\u{e9}\u{4e2d}\u{1F600}\u{301}")
        try await check("text", text: \.self) { generator in
            String(
                (0..<Int.random(in: 0...20, using: &generator)).map { _ in alphabet.randomElement(using: &generator)! })
        }
    }

    @Test func bytea() async throws {
        try await check(
            "bytea", text: { "\\x" + $0.bytes.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined() }
        ) {
            generator in
            PostgresBytes(
                (0..<Int.random(in: 0...40, using: &generator)).map { _ in UInt8.random(in: 0...255, using: &generator)
                })
        }
    }

    @Test func date() async throws {
        try await check("date", text: \.description) {
            PostgresDate(
                daysSince2000: .random(in: -2_451_545...2_145_031_948, using: &$0)
                    >> Int32.random(in: 0...12, using: &$0))
        }
    }

    @Test func datesAreReadAsPostgresReadsThem() async throws {
        try await withTestConnection { connection in
            let texts = ["0001-01-01 BC", "4714-11-24 BC", "5874897-12-31", "infinity", "-infinity", "2024-02-29"]
            let rows = try await connection.query("select unnest($1::text[])::date", [texts])
            #expect(try rows.map { try $0.decode(PostgresDate.self) } == texts.map { PostgresDate($0) })
        }
    }

    @Test func timestamp() async throws {
        for type in ["timestamptz", "timestamp"] {
            let isPlain = type == "timestamp"
            try await check(type, text: { isPlain ? $0.description.replacing("+00", with: "") : $0.description }) {
                PostgresTimestamp(
                    microsecondsSince2000: .random(in: -211_813_488_000_000_000..<9_223_371_331_200_000_000, using: &$0)
                        >> Int64.random(in: 0...30, using: &$0)
                )
            }
        }
    }

    @Test func transactionID() async throws {
        try await check("xid8", text: \.description) {
            PostgresTransactionID(rawValue: .random(in: .min ... .max, using: &$0))
        }
    }

    @Test func snapshot() async throws {
        try await check("pg_snapshot", text: \.description) { generator in
            let first = UInt64.random(in: 1..<1 << 40, using: &generator)
            let ids = Set((0..<5).map { _ in UInt64.random(in: first..<first + 100, using: &generator) }).sorted()
            let list = ids.map { PostgresTransactionID(rawValue: $0) }
            return PostgresSnapshot(
                xmin: list[0], xmax: PostgresTransactionID(rawValue: first + 100), inProgress: list)!
        }
        try await withTestConnection { connection in
            let row = try await connection.query("select s, s::text from pg_current_snapshot() as s")[0]
            let (binary, text) = try row.decode(PostgresSnapshot.self, PostgresSnapshot.self)
            #expect(binary == text)
        }
    }

    @Test func numeric() async throws {
        try await check("numeric", text: \.description) { generator in
            func digits(_ count: Int) -> String {
                (0..<count).map { _ in "\(Int.random(in: 0...9, using: &generator))" }.joined()
            }
            let whole = digits(Int.random(in: 1...40, using: &generator))
            let fraction = digits(Int.random(in: 0...30, using: &generator))
            let number = fraction.isEmpty ? whole : whole + "." + fraction
            return PostgresNumeric(Bool.random(using: &generator) ? number : "-" + number)!
        }
        try await withTestConnection { connection in
            let rows = try await connection.query(
                "select n, n::text from unnest('{NaN,Infinity,-Infinity,0.00,1e-20,1e40,-0.0100}'::numeric[]) as n"
            )
            for row in rows {
                let (number, text) = try row.decode(PostgresNumeric.self, String.self)
                #expect(number.description == text)
                let back = try await connection.query("select $1::numeric::text", [number])
                #expect(try back[0].decode(String.self) == text)
            }
        }
    }
}
