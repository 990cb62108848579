package import PostgresClient

/// Holds the table that cron jobs keep, and our own, against the sources: at the snapshot of the transaction that the
/// connection is in, which has to be writable, and leaves nothing behind.
package struct ShadowComparison {
    /// Rows of a day that are looked at one by one; of the others only the number is known.
    package static let rowsOfDay = 1000
    /// Findings of a day that are told.
    package static let findingsOfDay = 100
    /// Transactions of a row that are looked back over.
    static let changesOfKey = 200
    /// Time zones that are tried.
    package static let zones = 8

    private let rollup: Rollup
    private let rollupID: Int32
    private let cursor: Cursor
    private let otherZones: [String]
    private let dailyRun: Duration

    /// - Parameters:
    ///   - zones: in which the jobs might cut days, as Postgres knows them; at most ``zones`` are tried.
    ///   - dailyRun: how long after the end of a day (UTC) its job runs.
    package init(
        _ rollup: Rollup, id: Int32, from cursor: Cursor, zones: [String], dailyRun: Duration = .seconds(7200)
    ) {
        self.rollup = rollup
        rollupID = id
        self.cursor = cursor
        otherZones = Array(zones.prefix(Self.zones))
        self.dailyRun = dailyRun
    }

    /// Nothing compared yet: what the two tables have in common.
    package func entry(on connection: PostgresConnection) async throws -> ShadowReport.Entry {
        var entry = ShadowReport.Entry(rollup: rollup.name, table: rollup.home.description)
        guard let columns = try await ShadowColumns.read(of: rollup, on: connection) else {
            entry.exists = false
            return entry
        }
        guard columns.missingKeys.isEmpty else {
            throw ShadowError.keysMissing(table: rollup.home.description, columns: columns.missingKeys)
        }
        (entry.lacking, entry.others) = (columns.lacking, columns.others)
        return entry
    }

    /// Days that their table has, within a range; their source rows are not counted.
    package func days(in range: ClosedRange<PostgresDate>?, on connection: PostgresConnection) async throws
        -> [PostgresDate]
    {
        guard let columns = try await ShadowColumns.read(of: rollup, on: connection) else { return [] }
        return try await connection.query(
            ShadowQuery(rollup, id: rollupID, columns: columns).days, [range?.lowerBound, range?.upperBound]
        ).map { try $0.decode(PostgresDate.self, at: 0) }
    }

    /// Compares days, and adds what it finds to the entry.
    package func compare(
        _ days: [PostgresDate], into entry: inout ShadowReport.Entry, on connection: PostgresConnection
    ) async throws {
        guard let first = days.min(), let last = days.max(),
            let columns = try await ShadowColumns.read(of: rollup, on: connection)
        else { return }
        let now = try await connection.query("SELECT clock_timestamp()")[0].decode(PostgresTimestamp.self)
        let ours = try await Comparison(rollup, id: rollupID, from: cursor).counts(of: days, on: connection)
        let query = ShadowQuery(rollup, id: rollupID, columns: columns)
        let bounds: [any PostgresEncodable] = [first, last, days, Self.rowsOfDay]
        var found: [PostgresDate: ShadowDay] = [:]
        for row in try await connection.query(query.differences, bounds) {
            let day = try row.decode(PostgresDate.self, at: 0)
            try found[day, default: ShadowDay(day: day, comparedAt: now)].add(row)
        }
        let differing = found.values.flatMap(\.rows)
        let evidence = ShadowEvidence(rollup, id: rollupID, columns: columns, zones: otherZones)
        let gathered = try await evidence.gather(for: differing, on: connection)
        let judge = ShadowJudge(columns: columns.columns, now: now, dailyRun: dailyRun.milliseconds * 1000)
        for day in days.sorted() {
            var result = found[day] ?? ShadowDay(day: day, comparedAt: now)
            result.totals.ours = ours[day]?.different ?? 0
            entry.findings += result.judge(with: judge, gathered, of: rollup.name)
            entry.days.append(result.totals)
        }
        entry.days.sort { $0.day < $1.day }
    }
}
