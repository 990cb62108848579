import ArgumentParser
import Daybook
import Foundation
import PostgresClient

struct Repair: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Compare the rollup tables with their sources and replace just the keys that differ.",
        discussion: """
            Sealed days of which source rows have vanished without a delete (TRUNCATE, a dropped partition, a load with
            triggers off) are left alone unless you decide: --retract lets them follow their sources, --retain keeps them
            and marks them as days that cannot be verified. A running daemon does the work; without one this command does
            it. Exit codes: 0 equal afterwards, 1 something differs still, 2 could not.
            """
    )

    @OptionGroup var options: CommonOptions
    @OptionGroup var range: DayRangeOptions

    @Flag(help: "Show the keys that differ, change nothing.")
    var dryRun = false

    @Flag(help: "Let sealed days follow sources that have lost rows.")
    var retract = false

    @Flag(help: "Keep sealed days whose sources have lost rows.")
    var retain = false

    @Flag(help: "Print JSON.")
    var json = false

    func validate() throws {
        guard [dryRun, retract, retain].filter(\.self).count <= 1 else {
            throw ValidationError("Choose one of --dry-run, --retract and --retain.")
        }
    }

    private var policy: Request.Policy {
        if dryRun { .dryRun } else if retract { .retract } else if retain { .retain } else { .careful }
    }

    func run() async throws {
        try await CommandFailure.reporting {
            let settings = options.engineSettings
            let days = try range.range(today: try await ServerDay.today(options.database))
            var bar = ProgressBar()
            let runner = RequestRunner(settings, logger: options.logger(quiet: true))
            let outcome = try await runner.perform(.repair, in: days, policy: policy) { progress in
                bar.show("comparing", done: progress.daysDone, of: progress.daysTotal ?? 0)
            }
            bar.finish()
            let report = try JSONDecoder().decode(RepairReport.self, from: Data((outcome.result ?? "{}").utf8))
            print(json ? try JSONOutput.text(report) : report.text)
            if !report.equal { throw ExitCode(1) }
        }
    }
}

/// What a repair did, as the engine reports it.
struct RepairReport: Codable {
    let rollups: [Entry]
    let equal: Bool
    let undecided: [String]
    let keys: [Key]?

    struct Entry: Codable {
        let rollup: String
        let days, keys, different, repaired: Int
    }

    struct Key: Codable {
        let rollup: String
        let day: String
        let key: [String?]
    }

    var text: String {
        var table = TextTable(["rollup", "days", "keys", "different", "repaired"])
        for entry in rollups {
            table.add(
                [entry.rollup, entry.days.grouped, entry.keys.grouped, entry.different.grouped, entry.repaired.grouped]
            )
        }
        var lines = [table.text]
        for key in keys ?? [] {
            lines.append("  \(key.rollup)  \(key.day)  \(key.key.map { $0 ?? "null" }.joined(separator: " | "))")
        }
        if !undecided.isEmpty {
            lines.append(
                """

                \(undecided.count) sealed days have lost source rows without a delete and were left alone: \
                \(undecided.prefix(10).joined(separator: ", ")). Run repair --retract to follow the sources, or --retain to \
                keep the days.
                """
            )
        }
        return lines.joined(separator: "\n")
    }
}
