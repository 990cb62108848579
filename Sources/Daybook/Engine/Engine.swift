public import Logging
import PostgresClient
public import ServiceLifecycle

/// The daemon: waits for the lead, then counts events as long as it may.
///
/// It holds two connections. One carries the leader's lock, the bell's lock and LISTEN; the other does all the work of the
/// rollups. (Jobs run beside, on connections of their own.) When either fails, everything in memory is discarded and both are opened again, with growing pauses. Cancelling ``run()``
/// abandons what is in memory, which loses nothing; graceful shutdown flushes it first.
public struct Engine: Service {
    private var settings: EngineSettings
    private let observatory: EngineObservatory
    private let logger: Logger
    private let announce: (@Sendable (Announcement) async -> Void)?
    private let register: DaemonRegister
    private let jobs: JobFile
    private let definitions: DefinitionFolder

    /// - Parameter announce: is told in order what changes, rows before they are flushed. It holds up the engine, so it
    ///   should hand over and return.
    public init(
        _ settings: EngineSettings, observatory: EngineObservatory = EngineObservatory(), logger: Logger,
        announce: (@Sendable (Announcement) async -> Void)? = nil
    ) {
        self.settings = settings
        self.observatory = observatory
        self.logger = logger
        self.announce = announce
        jobs = JobFile(directory: settings.eventsDirectory)
        definitions = settings.definitions
        register = DaemonRegister(id: .random(in: 0...UInt128.max), host: Host.name, pid: Host.processID)
    }

    /// Runs until shut down.
    /// - Throws: what no reconnecting can mend: definitions that are wrong or not installed, a standby, a pooler, a server
    ///   too old, rights that are missing.
    public func run() async throws {
        var armed = self
        armed.settings.failpoints = try settings.failpoints ?? Failpoints.ofEnvironment()
        try await armed.lead()
    }

    private func lead() async throws {
        var backoff = PostgresBackoff(initial: .milliseconds(100), maximum: .seconds(10))
        var generator = SystemRandomNumberGenerator()
        var hasBegun = false
        defer {
            observatory.update { status in
                status.role = .stopped
                status.isReady = false
            }
        }
        while !Task.isShuttingDownGracefully {
            do {
                try await session {
                    backoff.reset()
                    hasBegun = true
                }
                break
            } catch is DefinitionsReloaded {
                logger.info("definitions read anew; going on by them")
            } catch let error where Self.isPassing(error) {
                try Task.checkCancellation()
                // A daemon that has never led or stood by is more likely misconfigured than unlucky, unless it got through.
                if !hasBegun, !Self.isLostSession(error) { throw error }
                let pause = backoff.next(using: &generator)
                logger.warning(
                    "session lost; starting again from the stored cursor",
                    metadata: [
                        "because": "\(error)", "pause_ms": "\(pause.milliseconds)",
                    ])
                observatory.update { status in
                    status.role = .connecting
                    status.isReady = false
                    status.reconnects += 1
                    status.lastError = "\(error)"
                }
                await Shutdown.wait(pause)
            }
        }
    }

    /// From the connection to the first error or the shutdown.
    private func session(onBegin: @escaping () -> Void) async throws {
        // A folder that cannot be read is told before a standby waits for the lead.
        if definitions.inForce == nil { _ = try DefinitionLoader.load(directory: settings.eventsDirectory) }
        if settings.runsJobs { _ = try jobs.load() }
        try await PostgresConnection.withConnection(settings.database.with("application_name", "daybook bell")) {
            bell in
            try await bell.requirePrimary()
            let leadership = Leadership(on: bell, register: register, healthPeriod: settings.healthPeriod)
            guard try await leadership.await(observatory: observatory, logger: logger, onStandby: onBegin) else {
                return
            }
            // LISTEN comes before the lock that makes writers ring.
            try await bell.listen(to: [FeedSchema.bellChannel]) { notifications in
                try await PostgresConnection.withConnection(settings.database.with("application_name", "daybook")) {
                    work in
                    let session = try await LeaderSession.begin(
                        on: work, definitions: definitions, settings: settings, observatory: observatory,
                        logger: logger, announce: announce
                    )
                    onBegin()
                    observatory.update { status in
                        status.role = .leader
                        status.lastError = nil
                    }
                    logger.info(
                        "leading",
                        metadata: ["epoch": "\(session.cursor.epoch)", "cursor": "\(session.cursor.position)"])
                    try await announcing(session) {
                        try await session.keepingFiles {
                            try await scheduler.keepingJobs {
                                try await watch.watching { latch in
                                    try await leading(session) {
                                        try await drive(
                                            session, leadership: leadership, notifications: notifications,
                                            until: latch)
                                        try await session.finish()
                                    }
                                    if latch.isClosed, !Task.isShuttingDownGracefully { throw DefinitionsReloaded() }
                                }
                            }
                        }
                    }
                    logger.info("stopped with everything flushed", metadata: ["cursor": "\(session.cursor.position)"])
                    try await leadership.resign()
                }
            }
        }
    }

    private var watch: DefinitionWatch {
        DefinitionWatch(settings: settings, folder: definitions, observatory: observatory, logger: logger)
    }

    private var scheduler: JobScheduler {
        JobScheduler(settings: settings, file: jobs, observatory: observatory, logger: logger)
    }

    /// Tells of the beginning and of the end of a session, however it ends.
    private func announcing(_ session: LeaderSession, _ work: () async throws -> Void) async throws {
        await announce?(.began(rollups: session.rollups.map(\.rollup), flush: session.cursor.flush))
        do {
            try await work()
        } catch {
            await announce?(.ended)
            throw error
        }
        await announce?(.ended)
    }

    /// Does what the bell's state machine says, until shutdown.
    private func drive(
        _ session: LeaderSession, leadership: Leadership, notifications: PostgresNotifications,
        until latch: ReloadLatch
    ) async throws {
        var bellSettings = settings.bell
        bellSettings.maySleep = try await leadership.transactionsMayRing()
        var machine = BellStateMachine(bellSettings)
        var action = machine.start()
        while !Task.isShuttingDownGracefully, !latch.isClosed {
            try Task.checkCancellation()
            switch action {
            case .poll:
                let started = ContinuousClock.now
                let found = try await session.poll()
                try await leadership.confirm()
                action = machine.polled(foundEvents: found, duration: started.duration(to: .now))
            case .pause(let duration):
                await Shutdown.wait(duration)
                action = machine.paused()
            case .tryLock:
                action = machine.lockTried(acquired: try await leadership.tryBellLock())
            case .listen(let longest):
                observatory.update { $0.isAsleep = true }
                let timeout = min(longest, session.patience)
                let bell = try await Shutdown.cancelling { try await notifications.next(timeout: timeout) }
                observatory.update { $0.isAsleep = false }
                action = machine.woken(byBell: bell != nil)
            case .unlock:
                try await leadership.releaseBellLock()
                action = machine.unlocked()
            }
        }
    }

    /// Runs a session's work. What fails because `install` has given a column another name is a lead that is lost.
    private func leading(_ session: LeaderSession, _ work: () async throws -> Void) async throws {
        do {
            try await work()
        } catch let error as PostgresError where error.sqlState?.hasPrefix("42") == true {
            let epoch = try await PostgresConnection.withConnection(settings.database) { connection in
                try await Cursor.read(on: connection).epoch
            }
            throw epoch == session.cursor.epoch ? error : LeadershipLost()
        }
    }

    /// Whether there was a session that worked until something else ended it.
    private static func isLostSession(_ error: any Error) -> Bool {
        switch error {
        case is LeadershipLost: true
        case let error as PostgresError: [.connectionLost, .commitOutcomeUnknown].contains(error.code)
        default: false
        }
    }

    /// Whether a new connection may mend it.
    private static func isPassing(_ error: any Error) -> Bool {
        switch error {
        case let error as PostgresError:
            switch error.code {
            case .serverTooOld, .notPrimary, .notDirect: false
            // Wrong password, unknown database or role, missing rights: an operator has to act.
            case .connectionFailed, .server: !["28", "3D", "42"].contains(error.sqlState?.prefix(2) ?? "")
            default: true
            }
        case is LeadershipLost: true
        default: false
        }
    }
}
