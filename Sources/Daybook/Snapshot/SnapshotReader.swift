import GRDB
import PostgresClient

/// Reads a snapshot file within one SQLite transaction, and believes none of it before it has been checked.
struct SnapshotReader {
    /// Rows handed out at a time.
    static let batchSize = 2000
    /// Values of `meta` that are read at most; a file of ours has eleven.
    private static let metaLimit = 64

    let table: SnapshotTable
    let database: Database

    /// What a file must be of.
    struct Expectation {
        var day: PostgresDate?
        var contentDigest: String?
    }

    /// What the file says of itself.
    static func stamp(_ database: Database) throws -> SnapshotStamp {
        var meta: [String: String] = [:]
        let rows = try Row.fetchCursor(database, sql: "\(SnapshotTable.selectMeta) LIMIT \(metaLimit)")
        while let row = try rows.next() {
            guard case .string(let key) = (row[0] as DatabaseValue).storage,
                case .string(let value) = (row[1] as DatabaseValue).storage
            else { throw SnapshotRefusal.Reason.altered("its stamp holds something that is no text") }
            meta[key] = value
        }
        return try SnapshotStamp(meta: meta)
    }

    /// The stamp, once it is certain that the file is of this rollup as it is defined now.
    func matchingStamp(_ expectation: Expectation) throws -> SnapshotStamp {
        let stamp = try Self.stamp(database)
        guard stamp.rollup == table.rollup.name else {
            throw SnapshotRefusal.Reason.misplaced("it holds rows of another rollup")
        }
        if let day = expectation.day, day != stamp.day {
            throw SnapshotRefusal.Reason.misplaced("it holds another day")
        }
        if let digest = expectation.contentDigest, digest != stamp.contentDigest {
            throw SnapshotRefusal.Reason.misplaced("its rows are not those that its name tells of")
        }
        guard stamp.definitionDigest == table.rollup.definitionDigest else {
            throw SnapshotRefusal.Reason.otherDefinition
        }
        try checkSchema()
        return stamp
    }

    /// Every check: pages, stamp, tables, and the rows against the stamp's count and digest.
    /// - Parameter body: sees each row before it is certain that the file is to be believed.
    func verifiedStamp(
        _ expectation: Expectation, _ body: (RowKey, RollupRow) -> Void = { _, _ in }
    ) throws -> SnapshotStamp {
        let stamp = try matchingStamp(expectation)
        guard try String.fetchOne(database, sql: "PRAGMA quick_check(1)") == "ok" else {
            throw SnapshotRefusal.Reason.damaged
        }
        var content = ContentDigest(day: stamp.day)
        var count = 0
        try forEachRow(of: stamp.day) { key, row in
            content.add(key, row)
            count += 1
            body(key, row)
        }
        guard count == stamp.rows else {
            throw SnapshotRefusal.Reason.altered("it has not the number of rows that it should")
        }
        guard content.hex == stamp.contentDigest else {
            throw SnapshotRefusal.Reason.altered("its rows are not those that were written")
        }
        return stamp
    }

    /// Hands out all rows, in batches. To be called after ``verifiedStamp(_:)``, in the same transaction.
    func stream(of day: PostgresDate, _ body: ([(key: RowKey, row: RollupRow)]) throws -> Void) throws {
        var batch: [(key: RowKey, row: RollupRow)] = []
        batch.reserveCapacity(Self.batchSize)
        try forEachRow(of: day) { key, row in
            batch.append((key, row))
            guard batch.count == Self.batchSize else { return }
            try body(batch)
            batch.removeAll(keepingCapacity: true)
        }
        if !batch.isEmpty { try body(batch) }
    }

    private func forEachRow(of day: PostgresDate, _ body: (RowKey, RollupRow) throws -> Void) throws {
        let text = day.description
        let rows = try Row.fetchCursor(database, sql: table.selectAll)
        while let row = try rows.next() {
            let (key, measures) = try table.decode(row, day: text)
            try body(key, measures)
        }
    }

    /// The tables must be ours to the letter: a view or a trigger of that name could say anything.
    private func checkSchema() throws {
        var statements: Set<String> = [SnapshotTable.createMeta, table.create]
        let rows = try Row.fetchCursor(database, sql: "SELECT name, sql FROM sqlite_master")
        while let row = try rows.next() {
            switch ((row[0] as DatabaseValue).storage, (row[1] as DatabaseValue).storage) {
            case (.string(let name), .null) where name.hasPrefix("sqlite_autoindex_"): continue
            case (_, .string(let sql)) where statements.remove(sql) != nil: continue
            default: throw SnapshotRefusal.Reason.altered("its tables are not those that were made")
            }
        }
        guard statements.isEmpty else {
            throw SnapshotRefusal.Reason.altered("its tables are not those that were made")
        }
    }
}
