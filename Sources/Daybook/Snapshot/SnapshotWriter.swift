import GRDB
import PostgresClient

/// Writes rows and stamp of a snapshot file within one SQLite transaction.
struct SnapshotWriter {
    let table: SnapshotTable
    let database: Database
    let day: PostgresDate
    private let dayText: String
    private let select: Statement
    private let delete: Statement
    private let insert: Statement

    /// - Parameter isNew: makes the tables first.
    init(_ table: SnapshotTable, day: PostgresDate, isNew: Bool, in database: Database) throws {
        if isNew {
            try database.execute(sql: SnapshotTable.createMeta)
            try database.execute(sql: table.create)
        }
        self.table = table
        self.database = database
        self.day = day
        dayText = day.description
        select = try database.makeStatement(sql: table.selectRow)
        delete = try database.makeStatement(sql: table.deleteRow)
        insert = try database.makeStatement(sql: table.insertRow)
    }

    /// All rows of a new file; empty ones are left out.
    func fill(
        _ rows: some Sequence<(key: RowKey, row: RollupRow)>, moment: SnapshotMoment, sealedRevision: Int?
    ) throws -> SnapshotStamp {
        var content = ContentDigest(day: day)
        var count = 0
        for (key, row) in rows where row.count != 0 {
            try insert(key, row)
            content.add(key, row)
            count += 1
        }
        let stamp = SnapshotStamp(
            rollup: table.rollup, moment: moment, rows: count, content: content, sealedRevision: sealedRevision
        )
        try put(stamp)
        return stamp
    }

    /// Changed rows of a file that has the given stamp. The digest moves by what the file has and what it gets: had
    /// the file another row than it should, the digest would not fit afterwards either.
    func change(
        _ changes: some Sequence<(key: RowKey, row: RollupRow?)>, from stamp: SnapshotStamp, to moment: SnapshotMoment
    ) throws -> SnapshotStamp {
        guard var content = ContentDigest(hex: stamp.contentDigest, day: day) else {
            throw SnapshotRefusal.Reason.altered("its stamp has no digest")
        }
        var count = stamp.rows
        for (key, row) in changes {
            let values = try table.values(of: key, day: dayText)
            if let old = try Row.fetchOne(select, arguments: StatementArguments(values)) {
                let (oldKey, oldRow) = try table.decode(old, day: dayText)
                content.remove(oldKey, oldRow)
                count -= 1
                try delete.execute(arguments: StatementArguments(values))
            }
            guard let row, row.count != 0 else { continue }
            try insert(key, row)
            content.add(key, row)
            count += 1
        }
        let next = SnapshotStamp(rollup: table.rollup, moment: moment, rows: count, content: content)
        try put(next)
        return next
    }

    private func insert(_ key: RowKey, _ row: RollupRow) throws {
        try insert.execute(arguments: StatementArguments(table.values(of: key, day: dayText) + table.values(of: row)))
    }

    private func put(_ stamp: SnapshotStamp) throws {
        try database.execute(sql: SnapshotTable.deleteMeta)
        for (key, value) in stamp.meta.sorted(by: { $0.key < $1.key }) {
            try database.execute(sql: SnapshotTable.insertMeta, arguments: [key, value])
        }
    }
}
