package import Daybook
import PostgresClient

extension AlertCondition {
    /// How long a gap may be open before it counts as one that could not be repaired, in seconds.
    static let gapPatience = 600.0
    /// How long a drift is remembered, in seconds.
    static let driftMemory = 86_400.0

    /// What a built-in condition finds; nothing for a query, which the database answers.
    package func findings(in facts: AlertFacts) -> [AlertFinding] {
        switch self {
        case .unrepairedGap: facts.gaps.compactMap { Self.unrepaired($0, facts) }
        case .sealDrift: facts.gaps.compactMap { Self.drift($0, facts) }
        case .lag(let limit): Self.lag(limit, facts)
        case .freshness(let limit): Self.freshness(limit, facts)
        case .jobFailed: Self.failures(facts)
        case .leaderChange: Self.change(facts)
        case .notificationQueue(let limit):
            facts.notificationQueue > limit
                ? [
                    AlertFinding(
                        "notification queue",
                        "The server's NOTIFY queue is \(percent(facts.notificationQueue)) full. Find the listener that does "
                            + "not read: a session idle in a transaction after LISTEN.")
                ] : []
        case .diskFree(let limit):
            facts.diskFree.map { $0 < limit } == true
                ? [
                    AlertFinding(
                        "disk",
                        "The file system of the snapshots has \(percent(facts.diskFree ?? 0)) left. Free space, or move the "
                            + "folder: --snapshots DIR.")
                ] : []
        case .sql: []
        }
    }

    private static func unrepaired(_ gap: InstallationStatus.Gap, _ facts: AlertFacts) -> AlertFinding? {
        let age = facts.now.seconds(since: gap.foundAt)
        let isUndecided = gap.state == "undecided"
        guard isUndecided || gap.state != "repaired" && age > gapPatience else { return nil }
        let remedy =
            isUndecided
            ? "It waits for a decision: `daybook repair --retract` or `--retain`."
            : "It has been open for \(Int(age / 60)) minutes: see the log, and `daybook doctor`."
        return AlertFinding("gap \(gap.id)", "\(gap.cause), \(scope(gap)). \(remedy)")
    }

    private static func drift(_ gap: InstallationStatus.Gap, _ facts: AlertFacts) -> AlertFinding? {
        guard gap.cause == "drift", facts.now.seconds(since: gap.foundAt) < driftMemory else { return nil }
        let rebuilt = gap.keysRebuilt.map { ", \($0) keys replaced" } ?? ""
        return AlertFinding(
            "gap \(gap.id)", "A seal found \(scope(gap)) different from the sources (\(gap.state)\(rebuilt)).",
            isEvent: true)
    }

    private static func scope(_ gap: InstallationStatus.Gap) -> String {
        let what = gap.rollup ?? gap.source ?? "everything"
        switch (gap.from, gap.to) {
        case (let from?, let to?) where from == to: return "\(what) on \(from)"
        case (let from?, let to?): return "\(what) from \(from) to \(to)"
        default: return what
        }
    }

    private static func lag(_ limit: Duration, _ facts: AlertFacts) -> [AlertFinding] {
        guard facts.lagSeconds > limit.inSeconds else { return [] }
        return [
            AlertFinding(
                "feed",
                "The tables are \(rounded(facts.lagSeconds)) s behind; \(rounded(limit.inSeconds)) s are allowed.")
        ]
    }

    private static func freshness(_ limit: Duration, _ facts: AlertFacts) -> [AlertFinding] {
        guard let last = facts.lastTurnAt else { return [] }
        let age = facts.now.seconds(since: last)
        guard age > limit.inSeconds else { return [] }
        return [
            AlertFinding(
                "engine",
                "The engine last read the events \(rounded(age)) s ago; \(rounded(limit.inSeconds)) s are allowed. See its log."
            )
        ]
    }

    private static func failures(_ facts: AlertFacts) -> [AlertFinding] {
        var findings = facts.jobs.filter { $0.isEnabled && $0.hasFailed }
            .map { AlertFinding($0.name, $0.outcomeText ?? "failed") }
        if let failure = facts.sealFailure { findings.append(AlertFinding("aggregate-daily-analytics", failure)) }
        if let problem = facts.jobsProblem { findings.append(AlertFinding("jobs.yml", problem)) }
        return findings
    }

    private static func change(_ facts: AlertFacts) -> [AlertFinding] {
        guard let previous = facts.previousLeader, previous != facts.leader else { return [] }
        return [AlertFinding(facts.leader, "\(facts.leader) leads now, before it \(previous).", isEvent: true)]
    }

    private func percent(_ share: Double) -> String { "\(Int((share * 100).rounded())) %" }

    private static func rounded(_ seconds: Double) -> String { "\(Int(seconds.rounded()))" }
}

extension PostgresTimestamp {
    /// Never below zero: a clock set back is no time passed.
    func seconds(since earlier: PostgresTimestamp) -> Double {
        guard isFinite, earlier.isFinite, earlier < self else { return 0 }
        return Double(microsecondsSince2000 - earlier.microsecondsSince2000) / 1_000_000
    }
}

extension Duration {
    var inSeconds: Double { self / .seconds(1) }
}
