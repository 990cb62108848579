import Logging
import PostgresClient
import ServiceLifecycle

/// Looks at the folder of definitions beside the turns of the leader, once in a health period.
struct DefinitionWatch: Sendable {
    let settings: EngineSettings
    let folder: DefinitionFolder
    let observatory: EngineObservatory
    let logger: Logger

    /// Looks for the time of `body`. What is read anew, and is what is installed, ends the session with
    /// ``DefinitionsReloaded``, so that the next one works by it; anything else leaves the session as it is.
    ///
    /// - Parameter body: is asked to look at the latch from time to time.
    func watching(beside body: (ReloadLatch) async throws -> Void) async throws {
        let latch = ReloadLatch()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await run(latch) }
            defer { group.cancelAll() }
            try await body(latch)
        }
    }

    private func run(_ latch: ReloadLatch) async {
        let own = folder.inForce
        await publish()
        while !Task.isCancelled, !Task.isShuttingDownGracefully {
            await Shutdown.wait(settings.healthPeriod)
            guard !Task.isCancelled else { break }
            let isChanged = await FileLane().run { folder.isChanged }
            if isChanged { await compare() }
            if folder.problem == nil, folder.inForce != own { return latch.close() }
        }
    }

    /// Compares the folder as it is now with what is installed.
    private func compare() async {
        do {
            try await PostgresConnection.withConnection(
                settings.database.with("application_name", "daybook definitions")
            ) { connection in
                _ = try await folder.match(on: connection)
            }
        } catch {
            // The session finds out by itself what has become of the database.
            return logger.warning("definitions could not be compared", metadata: ["because": "\(error)"])
        }
        await publish()
        guard let problem = folder.problem else { return }
        logger.error(
            "the definitions are not in force as they stand; those from before go on",
            metadata: ["because": "\(problem)"])
    }

    /// Tells everyone why the folder is not in force, or that it is.
    private func publish() async {
        let (problem, path) = (folder.problem, folder.directory)
        observatory.update { $0.definitionsProblem = problem }
        do {
            try await PostgresConnection.withConnection(
                settings.database.with("application_name", "daybook definitions")
            ) { connection in
                _ = try await connection.query(
                    """
                    WITH others AS (DELETE FROM daybook.definition_folders WHERE path <> $1::text)
                    INSERT INTO daybook.definition_folders (path, problem) VALUES ($1::text, $2::text)
                    ON CONFLICT (path) DO UPDATE SET read_at = clock_timestamp(), problem = EXCLUDED.problem
                    """,
                    [path, problem])
            }
        } catch {
            logger.warning("the state of the definitions could not be written down", metadata: ["because": "\(error)"])
        }
    }
}
