import PostgresClient

/// What the database knows of jobs: which there are, how far they are, and their runs.
struct JobLedger: Sendable {
    let connection: PostgresConnection

    /// Runs kept of each job.
    static let keptRuns = 100
    /// A job that was cut short so often at one of its times is not run for it again.
    static let attempts = 3

    func isInstalled() async throws -> Bool {
        try await connection.query("SELECT to_regclass('daybook.job_files') IS NOT NULL")[0].decode(Bool.self)
    }

    /// Writes down which jobs are in force. One that is new, rescheduled or enabled again starts with its next time.
    func adopt(_ jobs: [JobDefinition], of file: String, problem: String?) async throws {
        try await connection.withTransaction { connection in
            for job in jobs {
                try await connection.query(
                    """
                    INSERT INTO daybook.jobs AS j (name, schedule, enabled) VALUES ($1::text, $2::text, $3::boolean)
                    ON CONFLICT (name) DO UPDATE SET
                        schedule = EXCLUDED.schedule, enabled = EXCLUDED.enabled,
                        settled = CASE WHEN j.schedule <> EXCLUDED.schedule OR NOT j.enabled
                                  THEN greatest(j.settled, EXCLUDED.settled) ELSE j.settled END
                    WHERE j.schedule <> EXCLUDED.schedule OR j.enabled <> EXCLUDED.enabled
                    """,
                    [job.name, job.schedule.text, job.isEnabled]
                )
            }
            try await connection.query("DELETE FROM daybook.jobs WHERE name <> ALL ($1::text[])", [jobs.map(\.name)])
            try await connection.query("DELETE FROM daybook.job_files WHERE path <> $1::text", [file])
            try await connection.query(
                """
                INSERT INTO daybook.job_files (path, problem) VALUES ($1::text, $2::text)
                ON CONFLICT (path) DO UPDATE SET read_at = clock_timestamp(), problem = EXCLUDED.problem
                """,
                [file, problem]
            )
        }
    }

    /// Why the file of jobs, as it stands, is not in force.
    func problem() async throws -> String? {
        try await connection.query("SELECT problem FROM daybook.job_files WHERE problem IS NOT NULL").first?
            .decode(String.self)
    }

    /// All jobs by name, and the server's time.
    func states() async throws -> (jobs: [JobState], now: PostgresTimestamp) {
        let now = try await connection.query("SELECT clock_timestamp()", cached: true)[0].decode(PostgresTimestamp.self)
        let rows = try await connection.query(
            """
            SELECT j.name, j.schedule, j.enabled, j.settled, r.started_at, r.outcome, r.rows, r.error,
                (SELECT max(d.ended_at) FROM daybook.job_runs AS d WHERE d.job = j.name AND d.outcome = 'done')
            FROM daybook.jobs AS j LEFT JOIN LATERAL (
                SELECT * FROM daybook.job_runs AS r WHERE r.job = j.name ORDER BY r.id DESC LIMIT 1
            ) AS r ON true
            ORDER BY j.name
            """,
            cached: true
        )
        let jobs = try rows.map { row in
            var job = JobState(
                name: try row.decode(String.self, at: 0), schedule: try row.decode(String.self, at: 1),
                isEnabled: try row.decode(Bool.self, at: 2),
                lastRun: try row.decode(PostgresTimestamp?.self, at: 4),
                lastSuccess: try row.decode(PostgresTimestamp?.self, at: 8),
                outcome: try row.decode(String?.self, at: 5).flatMap(JobState.Outcome.init),
                rows: try row.decode(Int64?.self, at: 6), error: try row.decode(String?.self, at: 7),
                settled: try row.decode(PostgresTimestamp.self, at: 3)
            )
            if job.isEnabled, let schedule = try? CronSchedule(job.schedule) {
                let clock = JobClock(schedule, settled: job.settled)
                job.nextRun = clock.due(at: now) ?? clock.next(at: now)
            }
            return job
        }
        return (jobs, now)
    }

    // MARK: - Runs

    /// Takes the job's lock for the session, unless somebody has it.
    func tryLock(_ job: String) async throws -> Bool {
        try await connection.query(
            "SELECT pg_try_advisory_lock($1::integer, $2::integer)", [FeedSchema.lockClass, FeedSchema.jobLock(job)]
        )[0].decode(Bool.self)
    }

    /// Writes down that a run begins. The lock is held, so a run that has not ended never will.
    /// - Parameter due: the time it is for; nil by hand.
    /// - Returns: nil when that time is dealt with.
    func claim(_ job: String, for due: PostgresTimestamp?) async throws -> Int64? {
        try await connection.withTransaction { connection in
            try await connection.query(
                """
                UPDATE daybook.job_runs SET outcome = 'interrupted', ended_at = clock_timestamp(),
                    error = 'Whoever ran it has gone; what it had not committed is undone.'
                WHERE job = $1::text AND outcome = 'running'
                """,
                [job]
            )
            if let due {
                let open = try await connection.query(
                    "SELECT FROM daybook.jobs WHERE name = $1::text AND enabled AND settled < $2::timestamptz FOR UPDATE",
                    [job, due]
                )
                if open.isEmpty { return nil }
                let earlier = try await connection.query(
                    "SELECT count(*) FROM daybook.job_runs WHERE job = $1::text AND scheduled_for = $2::timestamptz",
                    [job, due]
                )[0].decode(Int.self)
                guard earlier < Self.attempts else {
                    try await settle(job, for: due)
                    return nil
                }
            }
            let row = try await connection.query(
                "INSERT INTO daybook.job_runs (job, scheduled_for) VALUES ($1::text, $2::timestamptz) RETURNING id",
                [job, due]
            )[0]
            try await connection.query(
                """
                DELETE FROM daybook.job_runs WHERE job = $1::text AND id <= (
                    SELECT id FROM daybook.job_runs WHERE job = $1::text ORDER BY id DESC OFFSET $2::bigint LIMIT 1
                )
                """,
                [job, Self.keptRuns]
            )
            return try row.decode(Int64.self)
        }
    }

    /// A batch of a run, in its transaction.
    func note(rows: Int, of run: Int64) async throws {
        try await connection.query(
            "UPDATE daybook.job_runs SET rows = $2::bigint WHERE id = $1::bigint", [run, rows]
        )
    }

    /// The end of a run, in the transaction of its work.
    func finish(_ run: Int64, of job: String, for due: PostgresTimestamp?, rows: Int) async throws {
        try await connection.query(
            """
            UPDATE daybook.job_runs SET outcome = 'done', ended_at = clock_timestamp(), rows = $2::bigint
            WHERE id = $1::bigint
            """,
            [run, rows]
        )
        try await settle(job, for: due)
    }

    /// The end of a run that did not do its work. One that failed has had its turn; one that was interrupted has not.
    func fail(
        _ run: Int64, of job: String, for due: PostgresTimestamp?, as outcome: JobState.Outcome, because error: String
    ) async throws {
        try await connection.withTransaction { connection in
            let open = try await connection.query(
                """
                UPDATE daybook.job_runs SET outcome = $2::text, ended_at = clock_timestamp(), error = left($3::text, 1000)
                WHERE id = $1::bigint AND outcome = 'running' RETURNING id
                """,
                [run, outcome.rawValue, error]
            )
            if !open.isEmpty, outcome == .failed { try await settle(job, for: due) }
        }
    }

    private func settle(_ job: String, for due: PostgresTimestamp?) async throws {
        guard let due else { return }
        try await connection.query(
            "UPDATE daybook.jobs SET settled = greatest(settled, $2::timestamptz) WHERE name = $1::text", [job, due]
        )
    }
}
