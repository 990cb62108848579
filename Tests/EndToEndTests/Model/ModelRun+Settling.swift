import Daybook
import Foundation
import PostgresClient

#if canImport(Glibc)
import Glibc
#endif

extension ModelRun {
    /// How long the daemons may take to catch up once the writers have stopped.
    static let patience = Duration.seconds(60)

    /// Waits until every event is covered by the stored cursor, every rollup is built, every gap is repaired, and exactly
    /// the keys are parked that have to be.
    func settle(_ report: inout Report) async throws {
        for number in daemons.indices {
            daemons[number].signal(SIGCONT)
            try await noteEnd(of: number, &report)
            if !daemons[number].isRunning { try daemons[number].start() }
        }
        let deadline = ContinuousClock.now.advanced(by: Self.patience)
        var missing = ["nothing was looked at"]
        while true {
            missing = try await withControl { try await unsettled(on: $0) }
            if missing.isEmpty { return }
            if ContinuousClock.now >= deadline { break }
            // Closed days do not follow a TRUNCATE until somebody says so.
            if try await retractWhatIsUndecided() { continue }
            for number in daemons.indices {
                try await noteEnd(of: number, &report)
                if !daemons[number].isRunning { try daemons[number].start() }
            }
            try await Task.sleep(for: .milliseconds(20))
        }
        var logs = ""
        for number in daemons.indices { logs += "\n--- daemon \(number)\n\(try tail(of: number))" }
        report.failures.append(
            "The daemons did not catch up within \(Self.patience): \(missing.joined(separator: "; ")).\(logs)"
        )
    }

    /// - Returns: false where there is nothing to decide.
    private func retractWhatIsUndecided() async throws -> Bool {
        let hasUndecided = try await withControl { connection in
            try await connection.query(
                """
                SELECT EXISTS (SELECT FROM daybook.gaps WHERE state = 'undecided')
                   AND NOT EXISTS (SELECT FROM daybook.gaps WHERE state IN ('open', 'repairing'))
                """
            )[0].decode(Bool.self)
        }
        guard hasUndecided else { return false }
        // 1: something differs still, which the comparison will tell better.
        let (code, output) = try await daybook("repair", "--retract")
        if code > 1 { throw CommandFailed(command: "repair --retract", output: output) }
        return true
    }

    /// What still keeps the rollups from being what the sources say, in words.
    private func unsettled(on connection: PostgresConnection) async throws -> [String] {
        var missing = try await connection.query(
            """
            SELECT count(*) || ' events beyond the cursor'
            FROM daybook.events AS e, daybook.cursor AS c WHERE NOT pg_visible_in_snapshot(e.xid, c.position) HAVING count(*) > 0
            UNION ALL
            SELECT count(*) || ' rollups not built' FROM daybook.rollups WHERE state <> 'built' HAVING count(*) > 0
            UNION ALL
            SELECT 'a gap ' || state || ': ' || cause || ' of ' || coalesce(source, rollup, 'everything')
            FROM daybook.gaps WHERE state <> 'repaired'
            UNION ALL
            SELECT 'a request ' || state || ': ' || kind FROM daybook.requests WHERE state IN ('waiting', 'running')
            """
        ).map { try $0.decode(String.self) }
        for reference in ReferenceRollup.all {
            missing += try await connection.query(
                """
                WITH parked AS (
                    SELECT p.day, p.key FROM daybook.parked AS p JOIN daybook.rollups AS r ON r.id = p.rollup
                    WHERE r.name = $1::text
                ), wanted AS (\(reference.unstorable))
                SELECT $1::text || ': ' || count(*) || ' keys parked that need not be, or the other way'
                FROM ((TABLE parked EXCEPT ALL TABLE wanted) UNION ALL (TABLE wanted EXCEPT ALL TABLE parked)) AS d
                HAVING count(*) > 0
                """,
                [reference.table]
            ).map { try $0.decode(String.self) }
        }
        return missing
    }

    /// Compares every table, twice: as the daemons left it when they had caught up, and after they have been stopped.
    func compare(_ report: inout Report) async throws {
        try await compareTables(when: "caught up", &report)
        for number in daemons.indices { try await stop(number, report: &report) }
        try await compareTables(when: "stopped", &report)
        let verify = try await daybook("verify")
        if verify.code != 0 {
            report.failures.append("daybook verify ended with \(verify.code):\n\(verify.output)")
        }
        try await noteGaps(&report)
        try await noteRequests(&report)
        if !report.failures.isEmpty {
            for number in daemons.indices { report.failures.append("--- daemon \(number)\n\(try tail(of: number))") }
        }
    }

    private func compareTables(when moment: String, _ report: inout Report) async throws {
        report.rows = 0
        for reference in ReferenceRollup.all {
            let outcome = try await withControl { try await RowComparison(reference: reference).run(on: $0) }
            report.rows += outcome.rows
            guard outcome.different > 0 else { continue }
            report.failures.append(
                "\(reference.table), \(moment): \(outcome.different) rows differ\n\(outcome.drawing)"
            )
        }
    }

    /// A gap means that the sources had to be asked. What nothing in the run explains is a failure, healed or not.
    private func noteGaps(_ report: inout Report) async throws {
        let rows = try await withControl { connection in
            try await connection.query(
                "SELECT cause || coalesce(' ' || left(detail, 80), ''), count(*), min(cause) FROM daybook.gaps GROUP BY 1"
            )
        }
        let hasDoubts = try rows.contains { LookupLock.causes.contains(try $0.decode(String.self, at: 2)) }
        for row in rows {
            let (what, count, cause) = try row.decode(String.self, Int.self, String.self)
            report.gaps[what] = count
            // A looked-up row that was locked for long, or that an old snapshot hides: until the repair has come, an audit
            // finds the difference too.
            let isDoubted = LookupLock.causes.contains(cause) || hasDoubts && cause == "drift"
            let isExplained = cause == "truncated" || plan.features.truncates && cause == "drift" || isDoubted
            if !isExplained { report.failures.append("\(count) gaps that nothing explains: \(what)") }
        }
    }

    /// A repair finds nothing to do, unless rows have vanished without a word.
    private func noteRequests(_ report: inout Report) async throws {
        let rows = try await withControl { connection in
            try await connection.query(
                """
                SELECT format('%s %s: %s', kind, state, coalesce(message, result::text)) FROM daybook.requests
                WHERE state = 'failed' OR NOT $1::boolean AND kind = 'repair' AND 0 < (
                    SELECT sum((r ->> 'different')::integer) FROM jsonb_array_elements(result -> 'rollups') AS r
                ) AND NOT EXISTS (SELECT FROM daybook.gaps WHERE cause = ANY ($2::text[]))
                """,
                [plan.features.truncates, LookupLock.causes]
            )
        }
        for row in rows { report.failures.append("request \(try row.decode(String.self))") }
    }
}
