import Daybook

/// `daybook status`, for people and for machines.
struct StatusReport: Encodable {
    let role: String
    let daemons: [Daemon]
    let feed: Feed
    let rollups: [RollupState]
    let gaps: [Gap]
    let seals: [Seal]
    let jobs: [Job]
    let jobsProblem: String?
    let definitionsProblem: String?

    struct Daemon: Encodable {
        let host: String
        let pid: Int32
        let since: String
        let role: String
    }

    struct Feed: Encodable {
        let lagEvents: Int
        let lagSeconds: Double
        let cursor: String
        let epoch: Int64
        let flush: Int64
        let flushedAt: String
    }

    struct RollupState: Encodable {
        let rollup: String
        let state: String
        let daysToBuild: Int
        let thinnedDays: Int
        let parked: [Parked]
        let incomplete: [Incomplete]
    }

    struct Incomplete: Encodable {
        let column: String
        let lack: String
        let days: Int
        let from: String
        let to: String
    }

    struct Parked: Encodable {
        let reason: String
        let keys: Int
    }

    struct Seal: Encodable {
        let rollup: String
        let day: String
        let revision: Int
        let state: String
        let rows: Int
        let verified: Bool
        let digest: String
        let file: String?
        let sealedAt: String
        let amendedKeys: Int
    }

    struct Gap: Encodable {
        let id: Int64
        let rollup: String?
        let source: String?
        let cause: String
        let from: String?
        let to: String?
        let foundAt: String
        let state: String
        let keysExamined: Int64?
        let keysRebuilt: Int64?
        let milliseconds: Int64?
    }

    struct Job: Encodable {
        let name: String
        /// Five fields of cron, in UTC; nil for what has another rhythm.
        let schedule: String?
        let enabled: Bool
        let lastRun: String?
        let outcome: String?
        let rows: Int64?
        let nextRun: String?
    }

    init(_ status: InstallationStatus) {
        role = status.hasLeader ? "leader" : "none"
        daemons = status.daemons.map { Daemon(host: $0.host, pid: $0.pid, since: "\($0.since)", role: $0.role) }
        feed = Feed(
            lagEvents: status.feed.lagEvents, lagSeconds: status.feed.lagSeconds, cursor: "\(status.feed.cursor)",
            epoch: status.feed.epoch, flush: status.feed.flush, flushedAt: "\(status.feed.flushedAt)"
        )
        rollups = status.rollups.map { rollup in
            RollupState(
                rollup: rollup.name, state: rollup.state, daysToBuild: rollup.daysToBuild,
                thinnedDays: rollup.thinnedDays,
                parked: rollup.parked.map { Parked(reason: $0.reason, keys: $0.keys) },
                incomplete: rollup.incomplete.map {
                    Incomplete(
                        column: $0.column, lack: $0.lack, days: $0.days, from: "\($0.from)", to: "\($0.to)")
                }
            )
        }
        seals = status.seals.map { seal in
            Seal(
                rollup: seal.rollup, day: "\(seal.day)", revision: seal.revision, state: seal.state, rows: seal.rows,
                verified: seal.verified, digest: seal.digest, file: seal.file, sealedAt: "\(seal.sealedAt)",
                amendedKeys: seal.amendedKeys
            )
        }
        gaps = status.gaps.map { gap in
            Gap(
                id: gap.id, rollup: gap.rollup, source: gap.source, cause: gap.cause, from: gap.from.map { "\($0)" },
                to: gap.to.map { "\($0)" }, foundAt: "\(gap.foundAt)", state: gap.state, keysExamined: gap.keysExamined,
                keysRebuilt: gap.keysRebuilt, milliseconds: gap.milliseconds
            )
        }
        let sealedAt = seals.map(\.sealedAt).max()
        jobs =
            [
                Job(own: "update-current-day-analytics", lastRun: feed.flushedAt),
                Job(own: "aggregate-daily-analytics", lastRun: sealedAt),
            ] + status.jobs.map(Job.init)
        jobsProblem = status.jobsProblem
        definitionsProblem = status.definitionsProblem
    }

    var text: String {
        var lines = [role == "leader" ? "A daemon leads." : "No daemon leads: events are logged and wait."]
        for daemon in daemons {
            lines.append("  \(daemon.role) \(daemon.host) pid \(daemon.pid), since \(daemon.since)")
        }
        lines.append(
            "Feed: \(feed.lagEvents.grouped) events wait, the oldest for \((feed.lagSeconds * 1000).rounded() / 1000) s; "
                + "flush \(feed.flush.grouped) at \(feed.flushedAt)"
        )
        for rollup in rollups {
            var line = "\(rollup.rollup): \(rollup.state)"
            if rollup.daysToBuild > 0 { line += ", \(rollup.daysToBuild.grouped) days to build" }
            if rollup.thinnedDays > 0 { line += ", \(rollup.thinnedDays.grouped) days without sources" }
            lines.append(line)
            lines += rollup.incomplete.map { "  \($0.text)" }
            for parked in rollup.parked { lines.append("  \(parked.keys.grouped) keys parked: \(parked.reason)") }
        }
        for seal in seals {
            var line = "Seal \(seal.day) \(seal.rollup): revision \(seal.revision), \(seal.rows.grouped) rows"
            if !seal.verified { line += ", not verified" }
            if seal.state == "amending" { line += ", amending (\(seal.amendedKeys.grouped) keys changed)" }
            lines.append(line)
        }
        if gaps.isEmpty { lines.append("No gaps.") }
        for gap in gaps {
            lines.append(
                "Gap \(gap.id) \(gap.state): \(gap.cause) on \(gap.source ?? gap.rollup ?? "everything"), found \(gap.foundAt)"
                    + (gap.keysRebuilt.map { ", \($0.grouped) of \((gap.keysExamined ?? 0).grouped) keys rebuilt" }
                        ?? "")
            )
        }
        lines += jobs.map { "Job \($0.text)" }
        if let jobsProblem { lines.append("jobs.yml is not in force; the jobs go on as they were: \(jobsProblem)") }
        if let definitionsProblem {
            lines.append(
                "The definitions are not in force as they stand; those from before go on: \(definitionsProblem)")
        }
        return lines.joined(separator: "\n")
    }
}

extension StatusReport.Incomplete {
    /// One line.
    var text: String {
        let what = lack == "added" ? "is null but for later changes" : "was counted by an earlier definition"
        return "\(column) \(what) on \(days.grouped) days without sources (\(from) to \(to))"
    }
}

extension StatusReport.Job {
    /// What the engine does by itself.
    fileprivate init(own name: String, lastRun: String?) {
        self.init(
            name: name, schedule: nil, enabled: true, lastRun: lastRun, outcome: lastRun == nil ? nil : "ok", rows: nil,
            nextRun: nil
        )
    }

    init(_ job: JobState) {
        self.init(
            name: job.name, schedule: job.schedule, enabled: job.isEnabled, lastRun: job.lastRun.map { "\($0)" },
            outcome: job.outcomeText, rows: job.rows, nextRun: job.nextRun.map { "\($0)" }
        )
    }

    /// One line.
    var text: String {
        var parts = ["\(name):"]
        if let schedule { parts.append("\(schedule),") }
        parts.append(lastRun.map { "last run \($0)" } ?? "has not run")
        if let outcome { parts.append("(\(outcome)\(rows.map { ", \($0.grouped) rows" } ?? ""))") }
        if !enabled { parts.append("- disabled") }
        if let nextRun { parts.append("- next run \(nextRun)") }
        return parts.joined(separator: " ")
    }
}
