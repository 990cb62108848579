import ArgumentParser
import CBuildInformation

@main
struct DaybookCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "daybook",
        abstract: "Keeps daily rollup tables in Postgres correct, live and provable.",
        discussion: """
            The database is named by --database-url, by DATABASE_URL, or by libpq's own variables (PGHOST, PGUSER, …).
            Exit codes: 0 done, 1 the check found a difference, 2 could not, 64 usage.
            """,
        version: "0.1.0 (\(String(cString: daybook_commit())))",
        subcommands: [
            Demo.self, Install.self, Run.self, Backfill.self, Verify.self, Repair.self, Status.self, Explain.self,
            JobCommand.self, DoctorCommand.self, Snapshot.self, Shadow.self, Adopt.self, Uninstall.self,
        ]
    )
}
