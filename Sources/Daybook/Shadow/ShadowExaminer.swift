public import PostgresClient

/// Answers `daybook shadow`. Changes nothing, and needs no daemon.
public struct ShadowExaminer: Sendable {
    /// Time zones that are tried, the server's own among them.
    public static let zones = ShadowComparison.zones

    private let connection: PostgresConnection

    public init(on connection: PostgresConnection) {
        self.connection = connection
    }

    /// Compares now, at one snapshot.
    ///
    /// - Parameters:
    ///   - range: the days wanted; nil for every day that any side has.
    ///   - zones: in which the jobs might cut days, besides the server's own.
    ///   - dailyRun: how long after the end of a day (UTC) its job runs.
    ///   - progress: called after each piece of work with the days done and the days there are, of the rollup at hand.
    /// - Throws: ``ShadowError``; ``FeedError`` when the definitions are not what is installed.
    public func compare(
        _ definitions: LoadedDefinitions, in range: ClosedRange<PostgresDate>?, zones: [String] = [],
        dailyRun: Duration = .seconds(7200), progress: (String, Int, Int) -> Void = { _, _, _ in }
    ) async throws -> ShadowReport {
        let matched = try await shadowed(definitions)
        do {
            return try await connection.withTransaction(.repeatableRead) { connection in
                for (name, value) in FeedSchema.fixedSettings + SessionSettings.wholeDays + [("row_security", "off")] {
                    try await connection.query("SELECT set_config($1::text, $2::text, true)", [name, value])
                }
                let cursor = try await Cursor.read(on: connection)
                let server = try await ShadowZone.ofServer(on: connection)
                var report = ShadowReport()
                for (rollup, installed) in matched {
                    let comparison = ShadowComparison(
                        rollup, id: installed.id, from: cursor, zones: [server].compactMap(\.self) + zones,
                        dailyRun: dailyRun)
                    var entry = try await comparison.entry(on: connection)
                    if entry.exists {
                        var left = try await days(of: rollup, installed, comparison, in: range)
                        let total = left.count
                        while let chunk = Optional(DayChunks.next(of: left)), !chunk.isEmpty {
                            try await comparison.compare(chunk, into: &entry, on: connection)
                            for day in chunk { left[day] = nil }
                            progress(rollup.name, total - left.count, total)
                        }
                    }
                    report.rollups.append(entry)
                }
                throw RollBack(report: report)
            }
        } catch let rollBack as RollBack {
            return rollBack.report
        }
    }

    /// What the nights have found.
    public func recorded(_ definitions: LoadedDefinitions, since day: PostgresDate) async throws -> ShadowReport {
        let matched = try await shadowed(definitions)
        return try await connection.withTransaction(.repeatableReadReadOnly) { connection in
            let cursor = try await Cursor.read(on: connection)
            var report = ShadowReport()
            for (rollup, installed) in matched {
                var entry = try await ShadowComparison(rollup, id: installed.id, from: cursor, zones: []).entry(
                    on: connection)
                try await ShadowLedger.read(into: &entry, of: installed.id, since: day, on: connection)
                report.rollups.append(entry)
            }
            return report
        }
    }

    private func shadowed(
        _ definitions: LoadedDefinitions
    ) async throws -> [(rollup: Rollup, installed: InstalledRollup)] {
        let matched = try await InstalledRollup.match(definitions, on: connection).filter { $0.rollup.shadowed != nil }
        guard !matched.isEmpty else { throw ShadowError.notShadowed }
        let unplanned = matched.filter { $0.installed.state == .unplanned }.map(\.rollup.name)
        guard unplanned.isEmpty else { throw ShadowError.notBuilt(unplanned) }
        return matched
    }

    /// Days of any side that can be compared, with the number of their source rows.
    private func days(
        of rollup: Rollup, _ installed: InstalledRollup, _ comparison: ShadowComparison,
        in range: ClosedRange<PostgresDate>?
    ) async throws -> [PostgresDate: Int64] {
        var days: [PostgresDate: Int64] = [:]
        for day in try await comparison.days(in: range, on: connection) { days[day] = 0 }
        let bounds: [any PostgresEncodable] = range.map { [$0.lowerBound, $0.upperBound] } ?? []
        let query = AuditDays.query(SourceQuery(rollup, id: installed.id), in: range)
        for row in try await connection.query(query, bounds) {
            let (day, count) = try row.decode(PostgresDate.self, Int64.self)
            days[day] = count
        }
        return days
    }

    /// The way out of a transaction that must not be committed.
    private struct RollBack: Error {
        var report: ShadowReport
    }
}
