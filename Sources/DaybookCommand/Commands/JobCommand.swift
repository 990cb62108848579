import ArgumentParser
import Daybook
import PostgresClient

struct JobCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "job",
        abstract: "List the jobs of jobs.yml, and run one now.",
        discussion: "The daemon runs them by their schedules. The file is the one in the events folder.",
        subcommands: [List.self, RunNow.self]
    )

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List the jobs that the file declares.")

        @OptionGroup var options: CommonOptions

        @Flag(help: "Print JSON.")
        var json = false

        func run() async throws {
            try await CommandFailure.reporting {
                let jobs = try await JobByHand(database: options.database, eventsDirectory: options.eventsDirectory)
                    .list().map(StatusReport.Job.init)
                if json { return print(try JSONOutput.text(jobs)) }
                if jobs.isEmpty { return print("No jobs in \(options.eventsDirectory)/jobs.yml.") }
                var table = TextTable(["job", "schedule", "last run", "outcome", "rows", "next run"])
                for job in jobs {
                    table.add(
                        [
                            job.name, job.schedule ?? "", job.lastRun ?? "", job.outcome ?? "",
                            job.rows.map(\.grouped) ?? "", job.enabled ? job.nextRun ?? "" : "disabled",
                        ])
                }
                print(table.text)
            }
        }
    }

    struct RunNow: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "run",
            abstract: "Run a job now, on a connection of this command.",
            discussion: """
                Beside its schedule, and whether or not it is enabled. While it runs, by the daemon or by another command,
                it cannot be run a second time.
                """
        )

        @OptionGroup var options: CommonOptions

        @Argument(help: "The job.")
        var name: String

        func run() async throws {
            try await CommandFailure.reporting {
                let jobs = JobByHand(database: options.database, eventsDirectory: options.eventsDirectory)
                let rows = try await jobs.run(name)
                print("\(name): done, \(rows.grouped) rows.")
            }
        }
    }
}
