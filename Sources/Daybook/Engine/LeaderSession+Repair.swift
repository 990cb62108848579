import Foundation
import Logging
import PostgresClient

extension LeaderSession {
    /// The next piece of the repair under way.
    func continueRepair(in turn: inout Turn) async throws {
        guard var current = repair else { return }
        if current.remaining == nil {
            current.remaining = try await daysToCompare(current)
            if current.policy != .dryRun { recheckParkedKeys(of: current) }
            logger.info("comparing with the sources", metadata: current.metadata)
        }
        guard let (id, days) = current.remaining?.first(where: { !$0.value.isEmpty }),
            let index = rollups.firstIndex(where: { $0.id == id })
        else {
            try await close(current, in: &turn)
            try await pass(.repairClosed)
            repair = nil
            return
        }
        let chunk = DayChunks.next(of: days)
        try await compare(chunk, of: index, for: &current, in: &turn)
        for day in chunk { current.remaining?[id]?[day] = nil }
        try await pass(.repairCompared)
        if case .request(let request) = current.origin {
            let left = current.remaining?.values.reduce(0) { $0 + $1.count } ?? 0
            try await request.report(
                daysDone: current.total.days, daysTotal: current.total.days + left, rows: current.total.repaired,
                on: connection
            )
            turn.mustFlush = true
        }
        repair = current
    }

    /// Compares days with their sources at this turn's snapshot, and replaces what differs as far as the policy allows.
    func compare(
        _ days: [PostgresDate], of index: Int, for repair: inout Repair, in turn: inout Turn
    ) async throws {
        guard !days.isEmpty else { return }
        let memory = rollups[index]
        let comparison = Comparison(memory.rollup, id: memory.id, from: cursor)
        var tally = repair.tallies[memory.id] ?? Repair.Tally()
        tally.days += days.count
        let (examined, different) = try await SessionSettings.readingSources(on: connection) {
            try await comparison.differences(of: days, reader: memory.reader, on: connection)
        }
        tally.keys += examined
        tally.different += different.count
        if repair.policy == .dryRun {
            repair.keys += different.prefix(max(0, Repair.listedKeys - repair.keys.count)).map {
                Repair.DifferentKey(rollup: memory.rollup.name, day: "\($0.day)", key: $0.key.values)
            }
        } else {
            let left = Set(different.filter { $0.hasLostRows && memory.seals.sealed.contains($0.day) }.map(\.day))
            let withheld = repair.policy == .retract ? [] : left
            let keys = different.filter { !($0.hasLostRows && withheld.contains($0.day)) }
            try await rebuild(
                Dictionary(grouping: keys, by: \.day).mapValues { Set($0.map(\.key)) }, of: index, in: &turn
            )
            try await pass(.repairRebuilt)
            tally.repaired += keys.count
            if repair.policy == .retain {
                try await markAsThinned(withheld, of: index, because: "kept by repair --retain", in: &turn)
            } else {
                repair.undecided.formUnion(withheld)
            }
        }
        repair.tallies[memory.id] = tally
    }

    /// What an audit cannot tell: a comparison leaves parked keys out, and one whose source rows have vanished without a word
    /// would stay parked for good. They are read from the sources one by one.
    private func recheckParkedKeys(of repair: Repair) {
        for index in rollups.indices where repair.concerns(rollups[index].rollup) {
            let parked = rollups[index].parked.filter { repair.range?.contains($0.key) ?? true }
            rollups[index].recheck.merge(parked) { $0.union($1) }
        }
    }

    /// Days that keep what they have, because their sources are known to have lost rows.
    func markAsThinned(
        _ days: Set<PostgresDate>, of index: Int, because reason: String, in turn: inout Turn
    ) async throws {
        guard !days.isEmpty else { return }
        try await connection.query(
            """
            INSERT INTO daybook.thinned (rollup, day, reason)
            SELECT $1::integer, unnest($2::date[]), $3::text
            """,
            [rollups[index].id, days.sorted(), reason]
        )
        turn.mustFlush = true
    }

    /// Days of either side, with the number of their source rows. Days not built yet will be, and thinned ones keep what
    /// they have.
    private func daysToCompare(_ repair: Repair) async throws -> [Int32: [PostgresDate: Int64]] {
        var days: [Int32: [PostgresDate: Int64]] = [:]
        let bounds: [any PostgresEncodable] = repair.range.map { [$0.lowerBound, $0.upperBound] } ?? []
        for memory in rollups where repair.concerns(memory.rollup) {
            let rows = try await SessionSettings.readingSources(on: connection) {
                try await connection.query(AuditDays.query(memory.source, in: repair.range), bounds)
            }
            for row in rows {
                let (day, count) = try row.decode(PostgresDate.self, Int64.self)
                days[memory.id, default: [:]][day] = count
            }
        }
        return days
    }

    private func close(_ repair: Repair, in turn: inout Turn) async throws {
        turn.mustFlush = true
        switch repair.origin {
        case .seal: preconditionFailure("a seal compares in one piece")
        case .gaps(_, let ids):
            gapBackoff.reset()
            try await connection.query(
                """
                UPDATE daybook.gaps
                SET state = CASE WHEN $5::date IS NULL THEN 'repaired' ELSE 'undecided' END, from_day = $5::date, to_day = $6::date,
                    repaired_at = CASE WHEN $5::date IS NULL THEN clock_timestamp() END,
                    keys_examined = $2::bigint, keys_rebuilt = $3::bigint, milliseconds = $4::bigint
                WHERE id = ANY ($1::bigint[])
                """,
                [
                    ids, repair.total.keys, repair.total.repaired, repair.started.duration(to: .now).milliseconds,
                    repair.undecided.min(), repair.undecided.max(),
                ]
            )
        case .request(let request):
            try await request.finish(result: try report(repair), on: connection)
            if repair.policy == .retract || repair.policy == .retain {
                try await connection.query(
                    """
                    UPDATE daybook.gaps SET state = 'repaired', repaired_at = clock_timestamp()
                    WHERE state = 'undecided' AND ($1::date IS NULL OR from_day >= $1::date AND to_day <= $2::date)
                    """,
                    [repair.range?.lowerBound, repair.range?.upperBound]
                )
            }
        }
        if repair.undecided.isEmpty {
            logger.info("compared with the sources", metadata: repair.metadata)
        } else {
            logger.error(
                "sealed days have lost source rows without a delete; run daybook repair --retract or --retain",
                metadata: repair.metadata
            )
        }
    }

    /// What `repair --json` prints.
    private func report(_ repair: Repair) throws -> String {
        struct Entry: Encodable {
            let rollup: String
            let days, keys, different, repaired: Int
        }
        struct Report: Encodable {
            let rollups: [Entry]
            let equal: Bool
            let undecided: [String]
            let keys: [Repair.DifferentKey]?
        }
        let entries = rollups.map { memory in
            let tally = repair.tallies[memory.id] ?? Repair.Tally()
            return Entry(
                rollup: memory.rollup.name, days: tally.days, keys: tally.keys, different: tally.different,
                repaired: tally.repaired
            )
        }
        let report = Report(
            rollups: entries,
            equal: repair.policy == .retain ? true : repair.total.different == repair.total.repaired,
            undecided: repair.undecided.sorted().map { "\($0)" }, keys: repair.policy == .dryRun ? repair.keys : nil
        )
        return String(decoding: try JSONEncoder().encode(report), as: UTF8.self)
    }
}

extension Repair {
    fileprivate var metadata: Logger.Metadata {
        let about: Logger.MetadataValue =
            switch origin {
            case .gaps(let source, let ids): "\(ids.count) gaps of \(source ?? "everything")"
            case .request(let request): "request \(request.id)"
            case .seal: "a seal"
            }
        return [
            "for": about, "days": "\(total.days)", "keys": "\(total.keys)", "different": "\(total.different)",
            "repaired": "\(total.repaired)", "undecided_days": "\(undecided.count)",
        ]
    }
}
