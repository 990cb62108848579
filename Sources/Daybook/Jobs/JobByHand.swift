package import PostgresClient

/// Jobs for whoever asks by hand, by the file as it is now.
package struct JobByHand: Sendable {
    private let database: PostgresConfiguration
    private let file: JobFile

    package init(database: PostgresConfiguration, eventsDirectory: String) {
        self.database = database
        file = JobFile(directory: eventsDirectory)
    }

    /// Runs a job now, enabled or not, beside its schedule: nothing that was due is taken as done.
    ///
    /// - Returns: how many rows it has changed or returned.
    /// - Throws: ``JobFailure``, ``DefinitionError``, ``FeedError/notInstalled``.
    package func run(_ name: String) async throws -> Int {
        let jobs = try file.load()
        guard let job = jobs.first(where: { $0.name == name }) else {
            let meant = NearestName.nearest(to: name, among: jobs.map(\.name)).map { " Did you mean \($0)?" } ?? ""
            let known =
                jobs.isEmpty ? "\(file.path) declares none." : "The jobs are \(jobs.map(\.name).commaSeparated)."
            throw JobFailure(description: "There is no job \"\(name)\".\(meant) \(known)")
        }
        try await PostgresConnection.withConnection(database) { connection in
            try await connection.requirePrimary()
            guard try await JobLedger(connection: connection).isInstalled() else { throw FeedError.notInstalled }
        }
        switch await JobRun(job: job, due: nil, database: database).perform() {
        case .done(let rows): return rows
        case .failed(let message), .couldNotBegin(let message), .lost(_, let message):
            throw JobFailure(description: message)
        case .isTaken, .isSettled:
            throw JobFailure(
                description:
                    "The job \(name) runs at this moment. Try again when `daybook status` says that it has ended.")
        case .interrupted: throw CancellationError()
        }
    }

    /// The jobs of the file, with what the database knows of their runs.
    package func list() async throws -> [JobState] {
        let jobs = try file.load()
        return try await PostgresConnection.withConnection(database) { connection in
            try await connection.requirePrimary()
            let ledger = JobLedger(connection: connection)
            guard try await ledger.isInstalled() else { throw FeedError.notInstalled }
            let (states, now) = try await ledger.states()
            return jobs.map { job in
                let known = states.first { $0.name == job.name }
                let isSame = known?.schedule == job.schedule.text && known?.isEnabled == job.isEnabled
                var state =
                    known
                    ?? JobState(name: job.name, schedule: "", isEnabled: false, settled: now)
                state.schedule = job.schedule.text
                state.isEnabled = job.isEnabled
                if !isSame { state.nextRun = job.isEnabled ? job.schedule.next(after: now) : nil }
                return state
            }
        }
    }
}
