import PostgresClient
import Testing

@Suite struct PostgresArrayTests {
    @Test func writerAndReaderAgree() throws {
        var writer = PostgresArrayWriter(elementType: PostgresTypeID.text)
        writer.append("one".utf8)
        writer.appendNull()
        writer.append("".utf8)
        Array("two".utf8).withUnsafeBytes { writer.append($0) }
        let value = writer.value
        #expect(value.type == 1009)
        try value.bytes.withUnsafeBytes { bytes in
            let reader = try PostgresArrayReader(bytes)
            #expect(reader.count == 4)
            #expect(reader.elementType == PostgresTypeID.text)
            #expect(reader.map { $0.map { String(decoding: $0, as: UTF8.self) } } == ["one", nil, "", "two"])
        }
    }

    @Test func emptyArrayHasNoDimension() throws {
        let value = PostgresArrayWriter(elementType: PostgresTypeID.int8).value
        #expect(value.bytes == [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 20])
        let count = try value.bytes.withUnsafeBytes { try PostgresArrayReader($0).count }
        #expect(count == 0)
    }

    @Test func aPrefixOfAnArrayIsRefused() throws {
        let bytes = [1, nil, 3].map { $0.map(Int64.init) }.postgresValue.bytes
        for length in 0..<bytes.count {
            bytes[..<length].withUnsafeBytes { part in
                _ = #expect(throws: PostgresError.self) { try PostgresArrayReader(part) }
            }
        }
    }

    @Test func lyingLengthsAreRefused() throws {
        let good = [Int64(1)].postgresValue.bytes
        for (offset, byte) in [(12, UInt8(0xFF)), (15, 2), (20, 0x7F), (20, 0x80), (3, 2), (3, 9)] {
            var bad = good
            bad[offset] = byte
            bad.withUnsafeBytes { bytes in
                _ = #expect(throws: PostgresError.self) { try PostgresArrayReader(bytes) }
            }
        }
    }
}
