import Foundation
import GRDB
import PostgresClient
import Testing

@testable import Daybook

/// Files that must not be loaded are set aside with a warning, and the table is read.
struct DayFileRefusalTests {
    enum Damage: CaseIterable, Sendable {
        case empty, noDatabase, truncated, flipped, edited, restamped, newerFormat, anotherDay, anotherDefinition
        case anotherCluster, lostTimeline
    }

    @Test(arguments: Damage.allCases)
    func isSetAside(_ damage: Damage) async throws {
        try await DayFileFixture.with { fixture in
            try await fixture.run()
            let (yesterday, today) = (try fixture.files()[0], try fixture.files()[1])
            try await inflict(damage, on: today, beside: yesterday, of: fixture)
            let lines = try await fixture.expectRightMemory(fromFiles: 1)
            let warnings = lines.filter { $0.hasPrefix("warning a day file is set aside") }
            #expect(warnings.count == 1 && warnings.allSatisfy { $0.contains(today) }, "\(warnings)")
            #expect(try fixture.setAside().count == 1)
            #expect(lines.contains { $0.contains("from=table") })
            // It has been written anew.
            _ = try await fixture.expectRightMemory(fromFiles: 2)
        }
    }

    private func inflict(
        _ damage: Damage, on path: String, beside other: String, of fixture: DayFileFixture
    ) async throws {
        let url = URL(fileURLWithPath: path)
        var bytes = try Data(contentsOf: url)
        switch damage {
        case .empty: bytes = Data()
        case .noDatabase: bytes = Data("a letter".utf8)
        case .truncated: bytes.removeLast(bytes.count / 2)
        case .flipped:
            for offset in stride(from: bytes.count / 2, to: bytes.count, by: 97) { bytes[offset] ^= 0x10 }
        case .anotherDay: bytes = try Data(contentsOf: URL(fileURLWithPath: other))
        case .edited: return try edit(path, "UPDATE visits_daily SET bytes = bytes + 1 WHERE site = 'site2'")
        case .restamped: return try edit(path, "UPDATE meta SET value = '999999' WHERE key = 'flush'")
        case .newerFormat: return try edit(path, "UPDATE meta SET value = '2' WHERE key = 'format_version'")
        case .anotherDefinition:
            return try edit(path, "UPDATE meta SET value = 'x' WHERE key = 'definition_digest'")
        case .anotherCluster, .lostTimeline:
            let flush = try fixture.store.stamp(ofFile: path).flush
            let mine = try fixture.store.stamp(ofFile: other).flush
            // Both files may be of one flush.
            #expect(flush == mine)
            try await fixture.run { _ in
                try await fixture.feed.run("INSERT INTO visits (site, at, bytes) VALUES ('later', now(), 1)")
            }
            let later = try fixture.store.stamp(ofFile: path).flush
            #expect(later > flush)
            return try await fixture.feed.run(
                damage == .anotherCluster
                    ? "UPDATE daybook.flushes SET id = gen_random_uuid() WHERE flush = \(later)"
                    : "DELETE FROM daybook.flushes WHERE flush = \(later)")
        }
        try bytes.write(to: url)
    }

    private func edit(_ path: String, _ sql: String) throws {
        let queue = try DatabaseQueue(path: path)
        try queue.write { try $0.execute(sql: sql) }
        try queue.close()
    }
}
