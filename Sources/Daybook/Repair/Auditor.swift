public import PostgresClient

/// Compares rollup tables with their sources, at one snapshot, without asking or disturbing a daemon.
public struct Auditor: Sendable {
    /// What came of one rollup.
    public struct Finding: Sendable {
        public var rollup: String
        /// Days compared, oldest first.
        public var days: [Day] = []
        /// Days that are not built yet, and so were not compared.
        public var unbuilt: [PostgresDate] = []
        /// Days whose source rows are gone, and so cannot be compared.
        public var thinned: [PostgresDate] = []
        /// Keys that no row can hold.
        public var parkedKeys = 0

        public var keys: Int { days.reduce(0) { $0 + $1.keys } }
        public var different: Int { days.reduce(0) { $0 + $1.different } }
    }

    public struct Day: Sendable, Hashable {
        public var day: PostgresDate
        /// Keys that either side has.
        public var keys: Int
        public var different: Int
    }

    private let connection: PostgresConnection

    public init(on connection: PostgresConnection) {
        self.connection = connection
    }

    /// - Parameters:
    ///   - range: the days wanted; nil for every day that either side has.
    ///   - progress: called after each piece of work with the days done and the days there are, of the rollup at hand.
    /// - Throws: ``FeedError`` when the definitions are not what is installed.
    public func audit(
        _ definitions: LoadedDefinitions, in range: ClosedRange<PostgresDate>? = nil,
        progress: (String, Int, Int) -> Void = { _, _, _ in }
    ) async throws -> [Finding] {
        let matched = try await InstalledRollup.match(definitions, on: connection)
        return try await connection.withTransaction(.repeatableReadReadOnly) { connection in
            for (name, value) in FeedSchema.fixedSettings + SessionSettings.wholeDays + [("row_security", "off")] {
                try await connection.query("SELECT set_config($1::text, $2::text, true)", [name, value])
            }
            let cursor = try await Cursor.read(on: connection)
            var findings: [Finding] = []
            for (rollup, installed) in matched {
                findings.append(try await audit(rollup, installed, at: cursor, in: range, progress: progress))
            }
            return findings
        }
    }

    private func audit(
        _ rollup: Rollup, _ installed: InstalledRollup, at cursor: Cursor, in range: ClosedRange<PostgresDate>?,
        progress: (String, Int, Int) -> Void
    ) async throws -> Finding {
        var finding = Finding(rollup: rollup.name)
        finding.unbuilt = try await days("unbuilt", of: installed, in: range)
        finding.thinned = try await days("thinned", of: installed, in: range)
        finding.parkedKeys = try await connection.query(
            "SELECT count(*) FROM daybook.parked WHERE rollup = $1::integer", [installed.id]
        )[0].decode(Int.self)
        guard installed.state != .unplanned else { return finding }

        var left: [PostgresDate: Int64] = [:]
        let bounds: [any PostgresEncodable] = range.map { [$0.lowerBound, $0.upperBound] } ?? []
        let query = AuditDays.query(SourceQuery(rollup, id: installed.id), in: range)
        for row in try await connection.query(query, bounds) {
            let (day, count) = try row.decode(PostgresDate.self, Int64.self)
            left[day] = count
        }
        let total = left.count
        let comparison = Comparison(rollup, id: installed.id, from: cursor)
        while let days = Optional(DayChunks.next(of: left)), !days.isEmpty {
            for (day, count) in try await comparison.counts(of: days, on: connection) {
                finding.days.append(Day(day: day, keys: count.keys, different: count.different))
            }
            for day in days { left[day] = nil }
            progress(rollup.name, total - left.count, total)
        }
        finding.days.sort { $0.day < $1.day }
        return finding
    }

    private func days(
        _ table: String, of installed: InstalledRollup, in range: ClosedRange<PostgresDate>?
    ) async throws -> [PostgresDate] {
        let days = try await connection.query(
            "SELECT DISTINCT day FROM daybook.\(table) WHERE rollup = $1::integer ORDER BY day", [installed.id]
        ).map { try $0.decode(PostgresDate.self) }
        return range.map { range in days.filter(range.contains) } ?? days
    }
}
