import Logging
import PostgresClient

/// Each night's comparison with the tables that cron jobs keep, for rollups that are kept in shadows.
extension LeaderSession {
    /// After a day is due to be sealed, its job may still be at work for so long.
    private static let grace: Int64 = 3_600_000_000
    /// Between attempts at what could not be compared.
    private static let pause = Duration.seconds(600)

    /// Days that are sealed, and not compared since.
    func shadowsDue(now: PostgresTimestamp) async throws -> (index: Int, days: [PostgresDate])? {
        guard shadowLookDue <= .now else { return nil }
        let settled = PostgresTimestamp(microsecondsSince2000: now.microsecondsSince2000 - Self.grace)
        for index in rollups.indices where rollups[index].rollup.shadowed != nil && rollups[index].state == .built {
            let days = try await ShadowLedger.due(
                rollup: rollups[index].id, through: try await lastEndedDay(of: index, now: settled),
                limit: SealSchedule.daysAtOnce, on: connection)
            if !days.isEmpty { return (index, days) }
        }
        shadowLookDue = .now.advanced(by: settings.healthPeriod)
        return nil
    }

    /// Compares days at this turn's snapshot and writes down what differs. Nothing else changes.
    func compareShadow(_ days: [PostgresDate], of index: Int, in turn: Turn) async throws {
        let (memory, cursor) = (rollups[index], cursor)
        do {
            let entry = try await SessionSettings.readingSources(on: connection) {
                let zone = try await ShadowZone.ofServer(on: connection)
                let comparison = ShadowComparison(
                    memory.rollup, id: memory.id, from: cursor, zones: [zone].compactMap(\.self))
                var entry = try await comparison.entry(on: connection)
                if entry.exists { try await comparison.compare(days, into: &entry, on: connection) }
                return entry
            }
            guard entry.exists else { return shadowLookDue = .now.advanced(by: Self.pause) }
            try await ShadowLedger.record(entry, of: memory.id, today: turn.now.date, on: connection)
            logger.info("compared with the cron job's table", metadata: entry.metadata)
        } catch let error as ShadowError {
            postponeShadow(of: memory, because: error)
        } catch let failure as SourceFailure {
            postponeShadow(of: memory, because: failure)
        }
    }

    private func postponeShadow(of memory: RollupMemory, because error: any Error) {
        shadowLookDue = .now.advanced(by: Self.pause)
        logger.error(
            "the cron job's table could not be compared",
            metadata: ["rollup": "\(memory.rollup.name)", "because": "\(error)"])
    }
}

extension ShadowReport.Entry {
    fileprivate var metadata: Logger.Metadata {
        func sum(_ number: KeyPath<ShadowReport.Day, Int>) -> Logger.MetadataValue {
            "\(days.reduce(0) { $0 + $1[keyPath: number] })"
        }
        return [
            "rollup": "\(rollup)", "days": "\(days.count)", "from": "\(days.first.map { "\($0.day)" } ?? "")",
            "to": "\(days.last.map { "\($0.day)" } ?? "")", "rows": sum(\.rows), "wrong": sum(\.wrong),
            "missing": sum(\.missing), "surplus": sum(\.surplus), "ours_different": sum(\.ours),
        ]
    }
}
