import PostgresClient
import Testing

@Suite struct PostgresSnapshotTests {
    @Test(arguments: ["10:20:10,14", "10:10:", "1:18446744073709551615:4294967296,4294967297"])
    func isWrittenAsRead(text: String) throws {
        #expect(try #require(PostgresSnapshot(text)).description == text)
    }

    @Test(arguments: [
        "", "10", "10:20", "10:20:30:40", "20:10:", "0:10:", "10:20:9", "10:20:20", "10:20:14,12", "10:20:12,12",
        "10:20:,", "10:20:12,", "a:20:", "-1:20:", "10:18446744073709551616:", " 10:20:",
    ])
    func refusesWhatIsNoSnapshot(text: String) {
        #expect(PostgresSnapshot(text) == nil)
    }

    @Test func seesWhatHadFinished() throws {
        let snapshot = try #require(PostgresSnapshot("10:20:10,14,19"))
        let seen = (5..<25).filter { snapshot.sees(PostgresTransactionID(rawValue: $0)) }
        #expect(seen == [5, 6, 7, 8, 9, 11, 12, 13, 15, 16, 17, 18])
    }
}
