import PostgresClient
import Testing

@testable import Daybook

/// Jobs beside a running engine, on a real Postgres.
@Suite("Jobs", .timeLimit(.minutes(5)))
struct JobSchedulerTests {
    private static let note = "INSERT INTO trail (job) VALUES ('a')"

    @Test func aMissedRunIsCaughtUpOnceAndRecorded() async throws {
        try await FeedFixture.withJobs(yearly(("a", Self.note))) { fixture async throws in
            try await fixture.withEngine(mayReconnect: true) { run in
                try await fixture.makeDue(1)
                try await fixture.awaitRuns("outcome = 'done'")
                try await eventually("the status tells") { run.status.jobs.first?.outcome == .done }
                #expect(
                    try await fixture.table(
                        """
                        SELECT job, extract(doy FROM scheduled_for AT TIME ZONE 'UTC')::integer AS doy,
                            scheduled_for > clock_timestamp() - interval '1 year' AS latest, rows,
                            ended_at >= started_at AS ended, error
                        FROM daybook.job_runs
                        """) == "job | doy | latest | rows | ended | error\na   | 1   | true   | 1    | true  | ∅")
                let state = try #require(run.status.jobs.first)
                #expect(state.rows == 1 && state.lastSuccess != nil && !state.hasFailed)
                #expect(try #require(state.nextRun) > #require(state.lastRun))
                // A new leader does not run it again.
                try await fixture.terminate("daybook")
                try await eventually("it leads again") { run.status.reconnects > 0 && run.status.role == .leader }
                try await fixture.run("INSERT INTO visits (site, at) VALUES ('a', now())")
                try await fixture.settle()
                #expect(try await fixture.count("trail") == 1)
            }
        }
    }

    @Test func aFailureTouchesNoOther() async throws {
        let yaml = yearly(
            ("bad", "INSERT INTO trail (job) VALUES ('bad'); SELECT 1/0"), ("missing", "DELETE FROM nowhere"),
            ("a", Self.note))
        try await FeedFixture.withJobs(yaml) { fixture async throws in
            try await fixture.withEngine { run in
                try await fixture.makeDue(3)
                try await fixture.awaitRuns("outcome <> 'running'", 3)
                #expect(try await fixture.table("SELECT job FROM trail") == "job\na")
                #expect(
                    try await fixture.table(
                        "SELECT job, outcome, error FROM daybook.job_runs WHERE outcome <> 'done' ORDER BY job") == """
                            job     | outcome | error
                            bad     | failed  | Data exception: division by zero. (SQLSTATE 22012)
                            missing | failed  | relation "nowhere" does not exist (SQLSTATE 42P01) Create the table that the message names, or switch the job off: `enabled: false` in jobs.yml.
                            """)
                try await fixture.run("INSERT INTO visits (site, at) VALUES ('a', now())")
                try await fixture.settle()
                #expect(try await fixture.isExact())
                try await eventually("the status tells") { run.status.jobs.filter(\.hasFailed).count == 2 }
            }
        }
    }

    @Test func aStatementThatTakesTooLongFails() async throws {
        let yaml = yearly(("slow", "SELECT pg_advisory_xact_lock(77)"), extra: "    timeout: 200ms\n")
        try await FeedFixture.withJobs(yaml) { fixture async throws in
            try await fixture.run("SELECT pg_advisory_lock(77)")
            try await fixture.withEngine { _ in
                try await fixture.makeDue(1)
                try await fixture.awaitRuns("outcome = 'failed' AND error LIKE '%longer than the job''s timeout%'")
            }
        }
    }

    /// A job that waits holds up neither the feed nor another job.
    @Test func theEngineDoesNotWait() async throws {
        let yaml = yearly(("waits", "SELECT pg_advisory_xact_lock(77)"), ("a", Self.note))
        try await FeedFixture.withJobs(yaml) { fixture async throws in
            try await fixture.run("SELECT pg_advisory_lock(77)")
            try await fixture.withEngine { run in
                try await fixture.makeDue(2)
                try await fixture.awaitRuns("job = 'a' AND outcome = 'done'")
                try await fixture.run("INSERT INTO visits (site, at) VALUES ('a', now())")
                try await fixture.settle()
                #expect(try await fixture.count("daybook.job_runs WHERE job = 'waits' AND outcome = 'running'") == 1)
                // By hand neither, as it runs.
                await #expect(throws: JobFailure.self) { try await fixture.byHand.run("waits") }
                try await fixture.run("SELECT pg_advisory_unlock(77)")
                try await fixture.awaitRuns("job = 'waits' AND outcome = 'done'")
                #expect(run.status.reconnects == 0)
            }
        }
    }

    @Test func twoDaemonsRunADueJobOnce() async throws {
        try await FeedFixture.withJobs(yearly(("a", Self.note), ("b", Self.note), ("c", Self.note))) {
            fixture async throws in
            try await fixture.withEngine(mayReconnect: true) { first in
                try await fixture.withEngine(mayReconnect: true) { second in
                    for round in 1...3 {
                        try await fixture.makeDue(3)
                        try await fixture.awaitRuns("outcome = 'done'", 3 * round)
                        let old = first.status.role == .leader ? first : second
                        let reconnects = old.status.reconnects
                        try await fixture.terminate("daybook bell")
                        try await eventually("somebody leads anew") {
                            old.status.reconnects > reconnects
                                && [first, second].contains { $0.status.role == .leader }
                        }
                    }
                    #expect(try await fixture.count("trail") == 9)
                }
            }
        }
    }

    /// A leader that is killed in the middle leaves nothing half done, and the next one runs the job.
    @Test func killedInTheMiddle() async throws {
        let sql = "INSERT INTO trail (job) VALUES ('a'); SELECT pg_advisory_xact_lock(77)"
        try await FeedFixture.withJobs(yearly(("a", sql))) { fixture async throws in
            try await fixture.run("SELECT pg_advisory_lock(77)")
            let first = EngineRun(fixture.settings())
            try await fixture.makeDue(1)
            try await eventually("the job waits") { try await fixture.isWaitingForLock() }
            await first.kill()
            try await eventually("the statement is cancelled") { try await !fixture.isWaitingForLock() }
            #expect(try await fixture.count("trail") == 0)
            try await fixture.withEngine { _ in
                try await eventually("the next one runs it") { try await fixture.isWaitingForLock() }
                try await fixture.run("SELECT pg_advisory_unlock(77)")
                try await fixture.awaitRuns("outcome = 'done'")
                #expect(
                    try await fixture.table("SELECT outcome FROM daybook.job_runs ORDER BY id")
                        == "outcome\ninterrupted\ndone")
                #expect(try await fixture.count("trail") == 1)
            }
        }
    }

    /// Cut short again and again, a job is given up for this time.
    @Test func attemptsAreBounded() async throws {
        try await FeedFixture.withJobs(yearly(("a", "SELECT pg_advisory_xact_lock(77)"))) { fixture async throws in
            try await fixture.run("SELECT pg_advisory_lock(77)")
            for attempt in 1...JobLedger.attempts {
                let run = EngineRun(fixture.settings())
                if attempt == 1 { try await fixture.makeDue(1) }
                try await eventually("attempt \(attempt)") { try await fixture.isWaitingForLock() }
                await run.kill()
                try await eventually("it has ended") { try await !fixture.isWaitingForLock() }
            }
            try await fixture.withEngine { run in
                try await eventually("given up") {
                    try await fixture.count("daybook.jobs WHERE settled > clock_timestamp() - interval '367 days'") == 1
                }
                #expect(try await fixture.count("daybook.job_runs") == JobLedger.attempts)
            }
        }
    }

    @Test func shutdownWaitsForAJob() async throws {
        let sql = "INSERT INTO trail (job) VALUES ('a'); SELECT pg_advisory_xact_lock(77)"
        try await FeedFixture.withJobs(yearly(("a", sql))) { fixture async throws in
            try await fixture.run("SELECT pg_advisory_lock(77)")
            let run = EngineRun(fixture.settings { $0.jobDrain = .seconds(120) })
            try await fixture.makeDue(1)
            try await eventually("the job waits") { try await fixture.isWaitingForLock() }
            async let stopped: Void = run.stop()
            try await eventually("the engine has drained") { run.logLines.contains { $0.contains("jobs are awaited") } }
            try await fixture.run("SELECT pg_advisory_unlock(77)")
            try await stopped
            #expect(
                try await fixture.table("SELECT outcome, rows FROM daybook.job_runs") == "outcome | rows\ndone    | 1")
            #expect(try await fixture.count("trail") == 1)
        }
    }

    @Test func shutdownCancelsAJobThatDoesNotEnd() async throws {
        let sql = "INSERT INTO trail (job) VALUES ('a'); SELECT pg_advisory_xact_lock(77)"
        try await FeedFixture.withJobs(yearly(("a", sql))) { fixture async throws in
            try await fixture.run("SELECT pg_advisory_lock(77)")
            let run = EngineRun(fixture.settings { $0.jobDrain = .milliseconds(50) })
            try await fixture.makeDue(1)
            try await eventually("the job waits") { try await fixture.isWaitingForLock() }
            try await run.stop()
            #expect(
                try await fixture.table("SELECT outcome, ended_at IS NOT NULL AS ended, error FROM daybook.job_runs")
                    == "outcome     | ended | error\ninterrupted | true  | Cancelled, as the daemon was stopped.")
            #expect(try await fixture.count("trail") == 0)
        }
    }

    /// Killed by an operator, a run has failed; it is not run again.
    @Test func aTerminatedSessionIsAFailure() async throws {
        try await FeedFixture.withJobs(yearly(("a", "SELECT pg_advisory_xact_lock(77)"))) { fixture async throws in
            try await fixture.run("SELECT pg_advisory_lock(77)")
            try await fixture.withEngine { _ in
                try await fixture.makeDue(1)
                try await eventually("the job waits") { try await fixture.isWaitingForLock() }
                try await fixture.run(
                    "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND objid = 77 AND NOT granted AND \(FeedFixture.inThisDatabase)"
                )
                try await fixture.awaitRuns("outcome = 'failed'")
                #expect(
                    try await fixture.count("daybook.jobs WHERE settled > clock_timestamp() - interval '367 days'") == 1
                )
            }
        }
    }

    @Test func theFileIsReadAgain() async throws {
        try await FeedFixture.withJobs(yearly(("a", Self.note))) { fixture async throws in
            try await fixture.withEngine { run in
                try await fixture.makeDue(1)
                try await fixture.awaitRuns("job = 'a' AND outcome = 'done'")
                try fixture.declareJobs(yearly(("b", "INSERT INTO trail (job) VALUES ('b')")))
                try await eventually("b is known") {
                    try await fixture.table("SELECT name FROM daybook.jobs") == "name\nb"
                }
                try await fixture.makeDue(1)
                try await fixture.awaitRuns("job = 'b' AND outcome = 'done'")

                try fixture.declareJobs("jobs:\n  b: 1\n")
                try await eventually("the bad file is told") { run.status.jobsProblem != nil }
                let status = try await InstallationStatus.read(on: fixture.connection)
                #expect(status.jobsProblem?.contains("jobs.yml:2: jobs.b: a mapping is expected here") == true)
                #expect(status.jobs.map(\.name) == ["b"])
                // What ran goes on.
                try await fixture.makeDue(1)
                try await fixture.awaitRuns("job = 'b' AND outcome = 'done'", 2)
                #expect(run.logLines.filter { $0.contains("jobs.yml is not in force") }.count == 1)

                try fixture.declareJobs(
                    yearly(("b", "INSERT INTO trail (job) VALUES ('c')"), extra: "    enabled: false\n"))
                try await eventually("the good file is in force") { run.status.jobsProblem == nil }
                #expect(
                    try await fixture.table("SELECT name, enabled FROM daybook.jobs") == "name | enabled\nb    | false")
                try await fixture.makeDue(1)
                try fixture.declareJobs(
                    yearly(("b", "INSERT INTO trail (job) VALUES ('c')"), extra: "    enabled: true\n"))
                try await eventually("it is enabled") { run.status.jobs.first?.isEnabled == true }
                // What it has missed while it was off is not caught up.
                #expect(
                    try await fixture.count("daybook.jobs WHERE settled > clock_timestamp() - interval '1 hour'") == 1)
                #expect(try await fixture.count("trail WHERE job = 'c'") == 0)
            }
        }
    }

    @Test func aBadFileAtTheStartEndsTheDaemon() async throws {
        try await FeedFixture.withJobs("jobs: 1") { fixture async throws in
            #expect(await EngineRun(fixture.settings()).failure() is DefinitionError)
        }
    }

    @Test func anOlderInstallationGetsTheTablesByInstall() async throws {
        try await FeedFixture.withJobs(yearly(("a", Self.note))) { fixture async throws in
            try await fixture.run("DROP TABLE daybook.jobs, daybook.job_runs, daybook.job_files")
            #expect(try await InstallationStatus.read(on: fixture.connection).jobs.isEmpty)
            await #expect(throws: FeedError.self) { try await fixture.byHand.run("a") }
            try await fixture.withEngine { run in
                try await eventually("it says so") { run.logLines.contains { $0.contains("Run `daybook install`") } }
                try await fixture.run("INSERT INTO visits (site, at) VALUES ('a', now())")
                try await fixture.settle()
                #expect(try await fixture.install().statements == 5)
                #expect(try await fixture.install().statements == 0)
                try await fixture.makeDue(1)
                try await fixture.awaitRuns("outcome = 'done'")
            }
        }
    }
}

extension FeedFixture {
    static let inThisDatabase = "database = (SELECT oid FROM pg_database WHERE datname = current_database())"

    /// Ends the sessions of a name, but for this connection's own.
    func terminate(_ name: String) async throws {
        try await connection.query(
            """
            SELECT pg_terminate_backend(pid) FROM pg_stat_activity
            WHERE application_name = $1::text AND datname = current_database() AND pid <> pg_backend_pid()
            """,
            [name]
        )
    }

    /// Whether a job waits for advisory lock 77.
    func isWaitingForLock() async throws -> Bool {
        try await count(
            "pg_locks WHERE locktype = 'advisory' AND objid = 77 AND NOT granted AND \(Self.inThisDatabase)") == 1
    }
}
