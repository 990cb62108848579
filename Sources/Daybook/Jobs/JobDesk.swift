import Logging
import PostgresClient

/// What the scheduler knows: the jobs in force, which of them run, and the connection on which their ledger is kept.
struct JobDesk {
    let settings: EngineSettings
    let file: JobFile
    let observatory: EngineObservatory
    let logger: Logger
    private(set) var running: Set<String> = []
    private var jobs: [JobDefinition] = []
    private var isAdopted = false
    private var connection: PostgresConnection?
    private var lastTrouble: String?
    private let lane = FileLane()

    /// What to start now, and how long nothing else is due.
    struct Agenda {
        var due: [JobRun] = []
        var patience = Duration.seconds(3600)
    }

    init(settings: EngineSettings, file: JobFile, observatory: EngineObservatory, logger: Logger) {
        self.settings = settings
        self.file = file
        self.observatory = observatory
        self.logger = logger
    }

    /// Looks at the file and at the server's clock. What goes wrong is told once, and tried again with the next look.
    mutating func look() async -> Agenda {
        do {
            return try await withLedger { desk, ledger in
                guard try await ledger.isInstalled() else {
                    desk.tell("jobs wait: their tables are not installed. Run `daybook install`.")
                    return Agenda()
                }
                try await desk.reload(ledger)
                let agenda = try await desk.agenda(ledger)
                desk.lastTrouble = nil
                return agenda
            }
        } catch {
            tell("jobs wait: \(error)")
            return Agenda()
        }
    }

    mutating func begin(_ run: JobRun) {
        running.insert(run.job.name)
    }

    /// - Returns: whether the run is over; if not, it is still due.
    mutating func end(_ run: JobRun, _ outcome: JobRun.Outcome) async -> Bool {
        let name = run.job.name
        running.remove(name)
        switch outcome {
        case .done(let rows):
            logger.debug("job done", metadata: ["job": "\(name)", "rows": "\(rows)"])
        case .failed(let message):
            logger.error("job failed", metadata: ["job": "\(name)", "because": "\(message)"])
        case .lost(let id, let message):
            logger.error("job failed", metadata: ["job": "\(name)", "because": "\(message)"])
            await write { try await $0.fail(id, of: name, for: run.due, as: .failed, because: message) }
        case .interrupted(let id?):
            logger.warning("job interrupted", metadata: ["job": "\(name)"])
            await write {
                try await $0.fail(
                    id, of: name, for: run.due, as: .interrupted, because: "Cancelled, as the daemon was stopped.")
            }
        case .couldNotBegin(let message):
            logger.warning("job could not begin", metadata: ["job": "\(name)", "because": "\(message)"])
            return false
        case .interrupted(nil), .isTaken: return false
        case .isSettled: break
        }
        return true
    }

    mutating func close() async {
        await connection?.close()
        connection = nil
    }

    private mutating func reload(_ ledger: JobLedger) async throws {
        let file = file
        if let news = await lane.run({ file.refresh() }) {
            if let problem = news.problem {
                logger.error(
                    "jobs.yml is not in force; the jobs stay as they were", metadata: ["because": "\(problem)"])
            } else {
                logger.info("jobs read", metadata: ["jobs": "\(news.jobs.map(\.name).commaSeparated)"])
            }
            isAdopted = false
        }
        guard !isAdopted else { return }
        jobs = try file.load()
        let problem = file.problem
        try await ledger.adopt(jobs, of: file.path, problem: problem)
        observatory.update { $0.jobsProblem = problem }
        isAdopted = true
    }

    private func agenda(_ ledger: JobLedger) async throws -> Agenda {
        let (states, now) = try await ledger.states()
        observatory.update { $0.jobs = states }
        var agenda = Agenda()
        for state in states where state.isEnabled {
            guard let job = jobs.first(where: { $0.name == state.name }), !running.contains(job.name) else { continue }
            let clock = JobClock(job.schedule, settled: state.settled)
            if let due = clock.due(at: now) {
                guard running.count + agenda.due.count < JobScheduler.width else { continue }
                agenda.due.append(JobRun(job: job, due: due, database: settings.database))
            } else if let next = clock.next(at: now) {
                let wait = Duration.microseconds(next.microsecondsSince2000 - now.microsecondsSince2000)
                agenda.patience = min(agenda.patience, wait)
            }
        }
        return agenda
    }

    private mutating func write(_ body: (JobLedger) async throws -> Void) async {
        do {
            try await withLedger { _, ledger in try await body(ledger) }
        } catch {
            // The run stays open, and the next to take the job's lock writes down that it was interrupted.
            tell("the end of a job could not be written down: \(error)")
        }
    }

    private mutating func withLedger<Result: Sendable>(
        _ body: (inout JobDesk, JobLedger) async throws -> Result
    ) async throws -> Result {
        if let connection, await !connection.isUsable { await close() }
        let connection: PostgresConnection
        if let open = self.connection {
            connection = open
        } else {
            connection = try await PostgresConnection.connect(
                settings.database.with("application_name", "daybook jobs"))
            self.connection = connection
        }
        return try await body(&self, JobLedger(connection: connection))
    }

    private mutating func tell(_ trouble: String) {
        if trouble != lastTrouble, !Task.isCancelled { logger.warning("\(trouble)") }
        lastTrouble = trouble
    }
}
