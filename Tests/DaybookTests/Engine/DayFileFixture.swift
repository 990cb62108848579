import Foundation
import PostgresClient
import Testing

@testable import Daybook

/// A database with rows of today and yesterday, and a folder for their files.
struct DayFileFixture {
    let feed: FeedFixture
    let folder: String

    static func with(_ body: (DayFileFixture) async throws -> Void) async throws {
        try await FeedFixture.with(Visits.table + Self.history) { feed in
            let folder = "\(feed.directory)-snapshots"
            defer { try? FileManager.default.removeItem(atPath: folder) }
            try await body(DayFileFixture(feed: feed, folder: folder))
        }
    }

    /// 60 keys in each of two days.
    private static let history = """
        INSERT INTO visits (site, at, bytes, browser)
        SELECT CASE WHEN n % 60 > 0 THEN 'site' || n % 60 END, now() - n % 2 * interval '1 day', n, 'b' || n % 3
        FROM generate_series(1, 600) AS n;
        """

    /// Changes every row, so that each is written out of memory.
    static let touch = "UPDATE visits SET bytes = bytes + 1"

    /// Runs an engine that keeps files, and waits until they are there and everything is flushed.
    @discardableResult
    func run(
        with change: (inout EngineSettings) -> Void = { _ in }, body: (EngineRun) async throws -> Void
    ) async throws -> EngineRun {
        try await feed.withEngine({
            $0.snapshotsDirectory = folder
            change(&$0)
        }) { run in
            try await eventually("the engine leads") { run.status.isReady }
            try await feed.settle()
            try await body(run)
            try await feed.settle()
            return run
        }
    }

    func run() async throws {
        try await run { _ in }
    }

    /// Starts an engine and proves that its memory is right: every row is written out of it, and no turn read the sources.
    func expectRightMemory(fromFiles: Int, _ change: (inout EngineSettings) -> Void = { _ in }) async throws
        -> [String]
    {
        let run = try await run(with: change) { run in
            #expect(run.status.daysLoadedFromFiles == fromFiles, "\(run.loadLines)")
            #expect(try await feed.isExact())
            try await feed.run(Self.touch)
            try await feed.settle()
            #expect(try await feed.isExact())
        }
        #expect(try await feed.count("daybook.gaps WHERE cause = 'drift'") == 0)
        return run.logLines
    }

    var store: SnapshotStore { get throws { try SnapshotStore(directory: folder) } }

    /// Paths of the files of open days, yesterday's first.
    func files() throws -> [String] {
        try store.list().filter { $0.kind == .openDay }.map(\.path)
    }

    func setAside() throws -> [String] {
        try store.list().filter { $0.kind == .setAside }.map(\.path)
    }

    /// Whether each file has the rows that the table has, at a flush that the database knows.
    func filesEqualTable() async throws -> Bool {
        let rollup = try #require(try await feed.rollups().first)
        let reader = RowReader(rollup)
        for path in try files() {
            var kept: [RowKey: RollupRow] = [:]
            let stamp = try store.loadFile(path, as: rollup) { for (key, row) in $0 { kept[key] = row } }
            var rows: [RowKey: RollupRow] = [:]
            for row in try await feed.connection.query(TableQuery(rollup).loadDay, [stamp.day]) {
                rows[reader.key(row, at: 0)] = try reader.row(row, from: 1)
            }
            let known = try await feed.count("daybook.flushes WHERE flush = \(stamp.flush) AND id = '\(stamp.flushID)'")
            if kept != rows || known != 1 { return false }
        }
        return true
    }
}

extension EngineRun {
    var loadLines: [String] { logLines.filter { $0.contains("day loaded") } }
}
