import Foundation
import PostgresClient
import Testing

@Suite struct StreamTests {
    @Test func batchesHoldAllRowsInOrder() async throws {
        try await withTestConnection { connection in
            let sizes = try await connection.stream("select n, nullif(n % 3, 0) from generate_series(1, 2500) n") {
                rows in
                var expected = 1
                var sizes: [Int] = []
                for try await batch in rows {
                    sizes.append(batch.count)
                    for row in batch {
                        let (number, rest) = try row.decode(Int.self, Int?.self)
                        #expect(number == expected)
                        #expect(rest == (expected % 3 == 0 ? nil : expected % 3))
                        expected += 1
                    }
                }
                return sizes
            }
            #expect(sizes == [1000, 1000, 500])
            #expect(try await connection.stream("select 1 where false") { try await $0.next() } == nil)
        }
    }

    @Test func memoryDoesNotGrowWithTheRows() async throws {
        try await withTestConnection { connection in
            let megabytes = 600
            let before = try residentBytes()
            var most = 0
            var total = 0
            try await connection.stream(
                "select repeat('x', 100000) from generate_series(1, $1)",
                [Int32(megabytes * 10)]
            ) { rows in
                while let batch = try await rows.next() {
                    #expect(batch.count <= 50, "large rows make small batches")
                    total += batch.reduce(0) { $0 + $1.withRawBytes(at: 0) { $0!.count } }
                    most = max(most, try residentBytes())
                }
            }
            #expect(total == megabytes * 1_000_000)
            #expect(most - before < 250_000_000, "other tests run at the same time, hence the margin")
        }
    }

    private func residentBytes() throws -> Int {
        let pages = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8).split(separator: " ")[1]
        return Int(pages)! * Int(sysconf(Int32(_SC_PAGESIZE)))
    }

    @Test func leavingEarlyEndsTheStatement() async throws {
        try await withTestConnection { connection in
            for _ in 0..<5 {
                let first = try await connection.stream("select generate_series(1, 1000000000)", batchSize: 10) {
                    try await $0.next()?.first?.decode(Int.self)
                }
                #expect(first == 1)
                try await expectInStep(connection)
                await #expect(throws: TestClusterError.self) {
                    try await connection.stream("select generate_series(1, 1000000000)") { rows in
                        _ = try await rows.next()
                        throw TestClusterError(what: "enough")
                    }
                }
                try await expectInStep(connection)
            }
        }
    }

    @Test func leavingEarlyKeepsATransaction() async throws {
        try await withTestConnection { connection in
            let sum = try await connection.withTransaction { connection in
                let first = try await connection.stream("select generate_series(1, 100000)", batchSize: 1) {
                    try await $0.next()?.first?.decode(Int.self)
                }
                return try await connection.query("select $1 + 1", [first])[0].decode(Int.self)
            }
            #expect(sum == 2)
        }
    }

    @Test func errorsComeWhereTheyHappen() async throws {
        try await withTestConnection { connection in
            var rows = 0
            let error = await #expect(throws: PostgresError.self) {
                try await connection.stream("select 1 / (5000 - n) from generate_series(1, 10000) n") { stream in
                    for try await batch in stream { rows += batch.count }
                }
            }
            #expect(error?.sqlState == "22012")
            #expect(rows == 4000, "the batch in which it happens is lost")
            await #expect(throws: PostgresError.self) {
                try await connection.stream("select nothing") { try await $0.next() }
            }
            await #expect(throws: PostgresError.self) {
                try await connection.stream("copy pg_class to stdout") { try await $0.next() }
            }
            try await expectInStep(connection)
        }
    }
}
