import Daybook
import Foundation
import GRDB
import PostgresClient
import Testing

@Suite struct SnapshotRefusalTests {
    private let rollup = SnapshotFixture.rollup(nullable: true)

    /// Edits that a person with a SQLite shell could make.
    @Test(arguments: [
        "UPDATE visits_daily SET bytes = bytes + 1 WHERE rowid = 1",
        "UPDATE visits_daily SET entries = entries - 1 WHERE rowid = 1",
        "UPDATE visits_daily SET day = '2025-02-04' WHERE rowid = 1",
        "UPDATE visits_daily SET price = x'00' WHERE rowid = 1",
        "UPDATE visits_daily SET bytes = 1.5 WHERE rowid = 1",
        "UPDATE visits_daily SET browsers = '[]'",
        "UPDATE visits_daily SET browsers = 'no list' WHERE rowid = 1",
        "DELETE FROM visits_daily WHERE rowid = 1",
        "DELETE FROM visits_daily",
        "INSERT INTO visits_daily SELECT 7, 'new', '1', day, 1, 2, 3, '[]', 1 FROM visits_daily LIMIT 1",
        "UPDATE meta SET value = '10:99:' WHERE key = 'cursor'",
        "UPDATE meta SET value = value + 1 WHERE key = 'flush'",
        "UPDATE meta SET value = value + 1 WHERE key = 'rows'",
        "DELETE FROM meta WHERE key = 'stamp_digest'",
        "DELETE FROM meta WHERE key = 'format_version'",
        "INSERT INTO meta VALUES ('sealed_revision', '3')",
        "UPDATE meta SET value = x'00' WHERE key = 'flush_id'",
        "DELETE FROM meta",
        "CREATE TABLE other (x)",
        "CREATE INDEX by_price ON visits_daily (price)",
        "ALTER TABLE visits_daily ADD COLUMN note TEXT",
        "CREATE TRIGGER t AFTER INSERT ON visits_daily BEGIN SELECT 1; END",
        "ALTER TABLE visits_daily RENAME TO v; CREATE VIEW visits_daily AS SELECT * FROM v",
        "PRAGMA journal_mode = WAL",
    ])
    func editsAreRefused(sql: String) async throws {
        try await withWrittenFile { store, path in
            let queue = try DatabaseQueue(path: path)
            try queue.writeWithoutTransaction { try $0.execute(sql: sql) }
            try queue.close()
            let refusal = #expect(throws: SnapshotRefusal.self) { try store.contents(rollup) }
            guard case .altered = refusal?.reason else {
                Issue.record("refused as \(String(describing: refusal?.reason))")
                return
            }
        }
    }

    @Test func newerFormat() async throws {
        try await withWrittenFile { store, path in
            let queue = try DatabaseQueue(path: path)
            try queue.writeWithoutTransaction {
                try $0.execute(sql: "UPDATE meta SET value = '2' WHERE key = 'format_version'; DROP TABLE visits_daily")
            }
            try queue.close()
            let refusal = #expect(throws: SnapshotRefusal.self) { try store.contents(rollup) }
            #expect(refusal?.reason == .newerFormat(2))
            #expect(refusal?.description.contains("newer program") == true)
        }
    }

    @Test func otherDefinition() async throws {
        try await withWrittenFile { store, path in
            var changed = rollup
            changed.definition.timeZone = "Europe/Berlin"
            let refusal = #expect(throws: SnapshotRefusal.self) { try store.contents(changed) }
            #expect(refusal?.reason == .otherDefinition)
        }
    }

    @Test func anotherDaysOrRollupsFile() async throws {
        try await withWrittenFile { store, path in
            let tomorrow = SnapshotFixture.day.advanced(by: 1)
            try FileManager.default.copyItem(atPath: path, toPath: store.path(rollup, day: tomorrow))
            let refusal = #expect(throws: SnapshotRefusal.self) { try store.contents(rollup, day: tomorrow) }
            #expect(refusal?.reason == .misplaced("it holds another day"))
            let other = SnapshotFixture.rollup(nullable: true, table: "other")
            #expect(throws: SnapshotRefusal.self) { try store.loadFile(path, as: other) { _ in } }
        }
    }

    @Test(arguments: ["", "no database at all", String(repeating: "x", count: 5000)])
    func noDatabase(text: String) async throws {
        try await withWrittenFile { store, path in
            try text.write(toFile: path, atomically: false, encoding: .utf8)
            let refusal = #expect(throws: SnapshotRefusal.self) { try store.contents(rollup) }
            #expect(refusal?.reason == .damaged)
        }
    }

    private func withWrittenFile(_ body: (SnapshotStore, String) throws -> Void) async throws {
        try await withSnapshotFolder { folder in
            let store = try SnapshotStore(directory: folder)
            let rows = SnapshotFixture.rows(20, nullable: true, seed: 1)
            try store.write(rollup, day: SnapshotFixture.day, rows: rows.snapshotRows, at: SnapshotFixture.moment(1))
            try body(store, store.path(rollup, day: SnapshotFixture.day))
        }
    }
}
