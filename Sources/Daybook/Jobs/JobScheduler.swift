import Logging
import PostgresClient
import ServiceLifecycle

/// Runs the jobs of the leader beside its turns, each on a connection of its own.
///
/// Nothing that happens to a job ends the session. Shutdown starts no more jobs, waits for those that run as long as
/// ``EngineSettings/jobDrain`` says, and cancels them then; cancelling, as when the lead is lost, cancels them at once.
struct JobScheduler: Sendable {
    let settings: EngineSettings
    let file: JobFile
    let observatory: EngineObservatory
    let logger: Logger

    /// Jobs that run at one time. The others wait.
    static let width = 4
    /// Beyond the exact time, so that the server's clock has passed it.
    private static let margin = Duration.milliseconds(5)

    private enum Event: Sendable {
        case tick
        case ended(JobRun, JobRun.Outcome)
        case deadline
    }

    private typealias Group = TaskGroup<Event>

    /// Runs jobs for the time of `body`, and until those that then run have ended.
    func keepingJobs(beside body: () async throws -> Void) async throws {
        guard settings.runsJobs else { return try await body() }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await run() }
            try await body()
            try await group.waitForAll()
        }
    }

    private func run() async {
        var desk = JobDesk(settings: settings, file: file, observatory: observatory, logger: logger)
        await withTaskGroup(of: Event.self) { group in
            group.addTask { .tick }
            while let event = await group.next(), !Task.isCancelled {
                switch event {
                case .tick where Task.isShuttingDownGracefully: await drain(&group, &desk)
                case .tick:
                    let pause = await look(&group, &desk)
                    group.addTask {
                        await Shutdown.wait(pause)
                        return .tick
                    }
                case .ended(let run, let outcome):
                    // What could not be done is tried again with the next tick.
                    if await desk.end(run, outcome), !Task.isShuttingDownGracefully { _ = await look(&group, &desk) }
                case .deadline: break
                }
            }
            group.cancelAll()
        }
        await desk.close()
    }

    /// Starts what is due.
    /// - Returns: how long to wait for what is due next.
    private func look(_ group: inout Group, _ desk: inout JobDesk) async -> Duration {
        let agenda = await desk.look()
        for run in agenda.due {
            desk.begin(run)
            group.addTask { .ended(run, await run.perform()) }
        }
        return min(agenda.patience + Self.margin, settings.healthPeriod)
    }

    private func drain(_ group: inout Group, _ desk: inout JobDesk) async {
        guard !desk.running.isEmpty else { return }
        logger.info("jobs are awaited before the daemon stops", metadata: ["jobs": "\(desk.running.sorted())"])
        let limit = settings.jobDrain
        group.addTask {
            try? await Task.sleep(for: limit)
            return .deadline
        }
        while !desk.running.isEmpty, let event = await group.next() {
            switch event {
            case .tick: break
            case .ended(let run, let outcome): _ = await desk.end(run, outcome)
            case .deadline:
                logger.warning(
                    "jobs are cancelled, as the daemon stops", metadata: ["jobs": "\(desk.running.sorted())"])
                group.cancelAll()
            }
        }
        group.cancelAll()
    }
}
