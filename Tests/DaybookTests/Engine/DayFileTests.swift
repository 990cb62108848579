import Foundation
import GRDB
import Logging
import PostgresClient
import Testing

@testable import Daybook

/// Files of open days: written after each flush, and read by the next start if they are the present.
struct DayFileTests {
    @Test func theFirstStartWritesTheDaysThatItBuilds() async throws {
        try await DayFileFixture.with { fixture in
            try await fixture.run()
            #expect(try fixture.files().count == 2)
            #expect(try await fixture.filesEqualTable())
        }
    }

    @Test func aRestartReadsFiles() async throws {
        try await DayFileFixture.with { fixture in
            try await fixture.run()
            for _ in 0..<2 {
                let lines = try await fixture.expectRightMemory(fromFiles: 2)
                #expect(lines.count { $0.contains("day loaded") && $0.contains("from=file") } == 2)
                #expect(lines.allSatisfy { !$0.hasPrefix("warning") }, "\(lines.filter { $0.hasPrefix("warning") })")
                #expect(try await fixture.filesEqualTable())
            }
        }
    }

    /// Rows that come, change, move, go, are parked and fit again, in many flushes.
    @Test func filesFollowTheFlushes() async throws {
        try await DayFileFixture.with { fixture in
            try await fixture.run { _ in
                for round in 1...10 {
                    try await fixture.feed.run(
                        """
                        INSERT INTO visits (site, at, bytes) VALUES ('new\(round)', now(), \(round));
                        UPDATE visits SET bytes = bytes + 1 WHERE bytes < 1000000 AND id % 10 = \(round % 10);
                        DELETE FROM visits WHERE site = 'site\(round)';
                        UPDATE visits SET bytes = \(round % 2 == 1 ? "9223372036854775807" : "1") WHERE site IN ('site40', 'site41')
                        """)
                    try await fixture.feed.settle()
                }
                // What fits again is read from the sources in the next health period.
                try await eventually("no key is parked") { try await fixture.feed.count("daybook.parked") == 0 }
            }
            #expect(try fixture.files().count == 2)
            #expect(try await fixture.filesEqualTable())
            _ = try await fixture.expectRightMemory(fromFiles: 2)
        }
    }

    @Test func whatIsReadFromTheTableIsWrittenAtOnce() async throws {
        try await DayFileFixture.with { fixture in
            try await fixture.feed.withEngine { _ in try await fixture.feed.settle() }
            let run = try await fixture.run { _ in }
            #expect(run.status.daysLoadedFromTables == 2)
            #expect(run.loadLines.allSatisfy { $0.contains("because=it has no file") })
            #expect(try fixture.files().count == 2)
            _ = try await fixture.expectRightMemory(fromFiles: 2)
        }
    }

    @Test func aDaemonWithoutFilesMakesThemStale() async throws {
        try await DayFileFixture.with { fixture in
            try await fixture.run()
            try await fixture.feed.withEngine { _ in
                try await fixture.feed.run("UPDATE visits SET bytes = bytes + 1 WHERE at > now() - interval '1 minute'")
                try await fixture.feed.settle()
            }
            // Yesterday has not changed, and its file is as good as before.
            let lines = try await fixture.expectRightMemory(fromFiles: 1)
            #expect(lines.contains { $0.contains("from=table") && $0.contains("the day has changed since") })
            #expect(try fixture.setAside().isEmpty)
        }
    }

    /// As if the daemon had been killed between the commit of a flush and the update of the file.
    @Test func aFileOfTheFlushBeforeIsStale() async throws {
        try await DayFileFixture.with { fixture in
            try await fixture.run()
            let old = try fixture.files().map { ($0, try Data(contentsOf: URL(fileURLWithPath: $0))) }
            try await fixture.run { _ in try await fixture.feed.run(DayFileFixture.touch) }
            for (path, bytes) in old { try bytes.write(to: URL(fileURLWithPath: path)) }
            let lines = try await fixture.expectRightMemory(fromFiles: 0)
            #expect(lines.count { $0.contains("the day has changed since") } == 2)
        }
    }

    @Test(arguments: [Request.Kind.backfill, .repair])
    func aRebuildRevokes(_ kind: Request.Kind) async throws {
        try await DayFileFixture.with { fixture in
            try await fixture.run()
            try await fixture.feed.run(
                "UPDATE daybook.seals SET digest = digest; UPDATE visits_daily SET bytes = bytes + 1 WHERE site = 'site7'"
            )
            // By a daemon that keeps no files.
            let today = try await fixture.feed.value("SELECT current_date", as: PostgresDate.self)
            let runner = RequestRunner(fixture.feed.settings(), logger: .init(label: "test"))
            _ = try await runner.perform(kind, in: today.advanced(by: -1)...today) { _ in }
            _ = try await fixture.expectRightMemory(fromFiles: kind == .backfill ? 0 : 1)
        }
    }

    @Test func filesOfTwoDatabasesSwapped() async throws {
        try await DayFileFixture.with { one in
            try await DayFileFixture.with { other in
                for fixture in [one, other] { try await fixture.run() }
                try await one.run { _ in try await one.feed.run(DayFileFixture.touch) }
                try FileManager.default.moveItem(atPath: one.folder, toPath: one.folder + ".swap")
                try FileManager.default.moveItem(atPath: other.folder, toPath: one.folder)
                try FileManager.default.moveItem(atPath: one.folder + ".swap", toPath: other.folder)
                for fixture in [one, other] {
                    let lines = try await fixture.expectRightMemory(fromFiles: 0)
                    #expect(lines.count { $0.hasPrefix("warning a day file is set aside") } == 2)
                    #expect(try fixture.setAside().count == 2)
                    _ = try await fixture.expectRightMemory(fromFiles: 2)
                }
            }
        }
    }

    /// A closed day is read from its archive, and its file goes.
    @Test func aSealedDayIsReadFromItsArchive() async throws {
        try await DayFileFixture.with { fixture in
            try await fixture.run()
            try await fixture.run(with: { $0.sealAt = .zero }) { _ in
                try await eventually("yesterday is sealed") {
                    try await fixture.feed.count("daybook.seals WHERE state = 'sealed'") == 1
                }
            }
            #expect(try fixture.files().count == 1)
            let lines = try await fixture.expectRightMemory(fromFiles: 2)
            #expect(lines.contains { $0.contains("from=archive") })
            // Amended, it is open again.
            #expect(try fixture.files().count == 2)
            _ = try await fixture.expectRightMemory(fromFiles: 2)
        }
    }

    @Test func filesOfDaysGoneByAreRemoved() async throws {
        try await DayFileFixture.with { fixture in
            try await fixture.run()
            let yesterday = try #require(try fixture.files().first)
            let old = URL(fileURLWithPath: yesterday).deletingLastPathComponent().appending(path: "2025-02-03.sqlite")
            try FileManager.default.copyItem(atPath: yesterday, toPath: old.path)
            try Data("half".utf8).write(to: URL(fileURLWithPath: yesterday + ".tmp"))
            _ = try await fixture.expectRightMemory(fromFiles: 2)
            #expect(!FileManager.default.fileExists(atPath: old.path))
            #expect(!FileManager.default.fileExists(atPath: yesterday + ".tmp"))
        }
    }

    @Test func aDayOfMoreRowsThanFitComesFromTheTable() async throws {
        try await DayFileFixture.with { fixture in
            try await fixture.run()
            let lines = try await fixture.expectRightMemory(fromFiles: 0) { $0.limits.rows = 20 }
            #expect(lines.contains { $0.contains("more than memory may hold") })
        }
    }

    /// Somebody looks at a file with a tool of theirs, and takes long.
    @Test func aReaderHoldsNobodyUp() async throws {
        try await DayFileFixture.with { fixture in
            try await fixture.run { run in
                try await eventually("the files are there") { try fixture.files().count == 2 }
                var configuration = Configuration()
                configuration.allowsUnsafeTransactions = true
                let reader = try DatabaseQueue(path: fixture.files()[1], configuration: configuration)
                try await reader.unsafeRead { database in
                    try database.beginTransaction(.deferred)
                    _ = try Int.fetchOne(database, sql: "SELECT count(*) FROM visits_daily")
                }
                for _ in 0..<3 {
                    try await fixture.feed.run(DayFileFixture.touch)
                    try await fixture.feed.settle()
                }
                #expect(try await fixture.feed.isExact())
                try await reader.unsafeRead { try $0.rollback() }
                try reader.close()
            }
            #expect(try await fixture.filesEqualTable())
            _ = try await fixture.expectRightMemory(fromFiles: 2)
        }
    }

    /// What cannot be written holds nobody up.
    @Test func aFolderThatCannotBeWritten() async throws {
        try await DayFileFixture.with { fixture in
            try FileManager.default.createDirectory(atPath: fixture.folder, withIntermediateDirectories: true)
            try Data().write(to: URL(fileURLWithPath: fixture.folder + "/visits_daily"))
            let lines = try await fixture.expectRightMemory(fromFiles: 0)
            #expect(lines.contains { $0.hasPrefix("warning a day file could not be written") })
        }
    }
}
