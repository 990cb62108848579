import Daybook
import Foundation
import GRDB
import PostgresClient
import Testing

@Suite struct SnapshotFolderTests {
    private let rollup = SnapshotFixture.rollup(nullable: true)
    private let rows = SnapshotFixture.rows(20, nullable: true, seed: 1)

    @Test func listTellsOfEveryFile() async throws {
        try await withSnapshotFolder { folder in
            let store = try SnapshotStore(directory: folder)
            let stamp = try write(store)
            let archive = try store.archive(
                rollup, day: SnapshotFixture.day, rows: rows.snapshotRows, at: SnapshotFixture.moment(2), revision: 1
            )
            let broken = "\(folder)/visits_daily/2025-02-04.sqlite"
            try "broken".write(toFile: broken, atomically: false, encoding: .utf8)
            try "a note".write(toFile: "\(folder)/README.md", atomically: false, encoding: .utf8)
            let files = try store.list()
            #expect(files.map(\.kind) == [.archive, .openDay, .openDay])
            #expect(files.map(\.path) == [archive.path, store.path(rollup, day: SnapshotFixture.day), broken])
            #expect(files.map(\.bytes).allSatisfy { $0 > 0 })
            guard case .stamp(archive.stamp) = files[0].content, case .stamp(stamp) = files[1].content,
                case .refused(let refusal) = files[2].content
            else {
                Issue.record("the files say something else")
                return
            }
            #expect(refusal.reason == .damaged)
        }
    }

    @Test func onlySomeSetAsideFilesAreKept() async throws {
        try await withSnapshotFolder { folder in
            let store = try SnapshotStore(directory: folder)
            var paths: [String] = []
            for _ in 0..<SnapshotStore.setAsideLimit + 3 {
                try write(store)
                paths.append(try store.setAside(store.path(rollup, day: SnapshotFixture.day), reason: "a test"))
            }
            #expect(paths[0].hasSuffix("/2025-02-03.sqlite.set-aside-1"))
            #expect(Set(try store.list().map(\.path)) == Set(paths.suffix(SnapshotStore.setAsideLimit)))
            #expect(try store.list().allSatisfy { $0.kind == .setAside })
            #expect(try String(contentsOfFile: paths.last! + ".reason", encoding: .utf8) == "a test\n")
            #expect(try filesBeside(paths[0]).count == 2 * SnapshotStore.setAsideLimit)
            #expect(try store.contents(rollup) == nil)
        }
    }

    @Test func anArchiveIsNeverOverwritten() async throws {
        try await withSnapshotFolder { folder in
            let store = try SnapshotStore(directory: folder)
            func archive(_ flush: Int64) throws -> SnapshotArchive {
                try store.archive(
                    rollup, day: SnapshotFixture.day, rows: rows.snapshotRows, at: SnapshotFixture.moment(flush),
                    revision: Int(flush)
                )
            }
            let first = try archive(1)
            #expect(first.file == "2025-02-03-\(first.stamp.contentDigest).sqlite")
            #expect(try archive(2) == first)
            #expect(try filesBeside(first.path) == [first.file])
            var loaded: [RowKey: RollupRow] = [:]
            let stamp = try store.loadArchive(rollup, day: SnapshotFixture.day, digest: first.stamp.contentDigest) {
                for (key, row) in $0 { loaded[key] = row }
            }
            #expect(stamp == first.stamp)
            #expect(loaded == rows)

            try Data(count: 9000).write(to: URL(fileURLWithPath: first.path))
            let third = try archive(3)
            #expect(third.stamp.sealedRevision == 3)
            #expect(
                try filesBeside(first.path) == [
                    first.file, first.file + ".set-aside-1", first.file + ".set-aside-1.reason",
                ])
            try store.removeArchive(rollup, day: SnapshotFixture.day, digest: first.stamp.contentDigest)
            #expect(
                try store.loadArchive(rollup, day: SnapshotFixture.day, digest: first.stamp.contentDigest) { _ in }
                    == nil)
        }
    }

    @Test func anArchiveUnderAnotherDigestIsRefused() async throws {
        try await withSnapshotFolder { folder in
            let store = try SnapshotStore(directory: folder)
            let archive = try store.archive(
                rollup, day: SnapshotFixture.day, rows: rows.snapshotRows, at: SnapshotFixture.moment(2), revision: 1
            )
            let digest = String(repeating: "a", count: 64)
            let renamed = store.archivePath(rollup, day: SnapshotFixture.day, digest: digest)
            try FileManager.default.moveItem(atPath: archive.path, toPath: renamed)
            #expect(throws: SnapshotRefusal.self) {
                try store.loadArchive(rollup, day: SnapshotFixture.day, digest: digest) { _ in }
            }
            #expect(throws: SnapshotRefusal.self) { try store.loadFile(renamed, as: rollup) { _ in } }
        }
    }

    @Test func removing() async throws {
        try await withSnapshotFolder { folder in
            let store = try SnapshotStore(directory: folder)
            try store.removeOpenDay(rollup, day: SnapshotFixture.day)
            try write(store)
            try store.removeOpenDay(rollup, day: SnapshotFixture.day)
            #expect(try store.contents(rollup) == nil)
            #expect(throws: SnapshotError.self) {
                try store.loadFile(store.path(rollup, day: SnapshotFixture.day), as: rollup) { _ in }
            }
        }
    }

    @Test func anUnwritableFolderIsAClearError() async throws {
        try await withSnapshotFolder { folder in
            try "a file".write(toFile: folder, atomically: false, encoding: .utf8)
            for directory in [folder, "\(folder)/below"] {
                let error = #expect(throws: SnapshotError.self) { try SnapshotStore(directory: directory) }
                #expect(error?.code == .unwritable)
                #expect(error?.description.contains(folder) == true)
            }
        }
    }

    @Test func leftoversGo() async throws {
        try await withSnapshotFolder { folder in
            let store = try SnapshotStore(directory: folder)
            try write(store)
            let below = "\(folder)/visits_daily"
            for name in ["2025-02-03.sqlite.tmp", "2025-02-01-archive.sqlite.tmp", "2025-02-09.sqlite-journal"] {
                try "x".write(toFile: "\(below)/\(name)", atomically: false, encoding: .utf8)
            }
            #expect(try store.removeLeftovers() == 3)
            #expect(try store.removeLeftovers() == 0)
            #expect(try store.contents(rollup)?.rows == rows)
        }
    }

    /// A journal of a file that is gone must not be rolled back into its successor.
    @Test func aStaleJournalDoesNoHarm() async throws {
        try await withSnapshotFolder { folder in
            let store = try SnapshotStore(directory: folder)
            try write(store)
            let path = store.path(rollup, day: SnapshotFixture.day)
            let journal = try Self.hotJournal(of: path, folder: folder)
            try FileManager.default.removeItem(atPath: path)
            try journal.write(to: URL(fileURLWithPath: path + "-journal"))
            let other = SnapshotFixture.rows(40, nullable: true, seed: 77)
            try store.write(rollup, day: SnapshotFixture.day, rows: other.snapshotRows, at: SnapshotFixture.moment(5))
            #expect(try store.contents(rollup)?.rows == other)
        }
    }

    ///     reader                      writer
    ///     loads, sees flush 1
    ///                                 update to 2: busy
    ///     still flush 1
    ///                                 write all at 2: renamed over
    ///     still flush 1
    ///     done, loads again: flush 2
    @Test func aReaderSeesOneState() async throws {
        try await withSnapshotFolder { folder in
            let store = try SnapshotStore(directory: folder)
            try write(store)
            var seen: [RowKey: RollupRow] = [:]
            let other = SnapshotFixture.rows(30, nullable: true, seed: 2)
            let stamp = try store.load(rollup, day: SnapshotFixture.day) { batch in
                let error = #expect(throws: SnapshotError.self) {
                    try store.update(
                        rollup, day: SnapshotFixture.day, changes: other.map { (key: $0.key, row: $0.value) },
                        from: SnapshotFixture.moment(1), to: SnapshotFixture.moment(2)
                    )
                }
                #expect(error?.code == .busy)
                try store.write(
                    rollup, day: SnapshotFixture.day, rows: other.snapshotRows, at: SnapshotFixture.moment(2))
                for (key, row) in batch { seen[key] = row }
            }
            #expect(stamp?.flush == 1)
            #expect(seen == rows)
            #expect(try store.contents(rollup)?.rows == other)
            #expect(try filesBeside(store.path(rollup, day: SnapshotFixture.day)) == ["2025-02-03.sqlite"])
        }
    }

    @discardableResult
    private func write(_ store: SnapshotStore) throws -> SnapshotStamp {
        try store.write(rollup, day: SnapshotFixture.day, rows: rows.snapshotRows, at: SnapshotFixture.moment(1))
    }

    /// The journal as a writer killed within its commit leaves it.
    private static func hotJournal(of path: String, folder: String) throws -> Data {
        let copy = "\(folder)/copy.sqlite"
        try FileManager.default.copyItem(atPath: path, toPath: copy)
        let queue = try DatabaseQueue(path: copy)
        defer { try? FileManager.default.removeItem(atPath: copy) }
        return try queue.writeWithoutTransaction { database in
            try database.execute(
                sql: "PRAGMA cache_size = 1; PRAGMA cache_spill = 1; BEGIN; UPDATE visits_daily SET bytes = 1")
            try database.execute(sql: "CREATE TABLE big AS SELECT randomblob(100000)")
            let journal = try Data(contentsOf: URL(fileURLWithPath: copy + "-journal"))
            try database.execute(sql: "ROLLBACK")
            return journal
        }
    }
}
