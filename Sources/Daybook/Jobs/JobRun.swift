import PostgresClient

/// One run of a job, on a connection of its own and under the job's lock.
struct JobRun: Sendable {
    let job: JobDefinition
    /// The time it is for; nil by hand.
    let due: PostgresTimestamp?
    let database: PostgresConfiguration

    enum Outcome: Sendable, Hashable {
        case done(rows: Int)
        case failed(String)
        /// Cancelled, or cut off from the database. `run` is still to be written down as such.
        case interrupted(run: Int64?)
        /// The connection was lost. `run` is still to be written down as failed.
        case lost(run: Int64, String)
        /// Somebody else runs it.
        case isTaken
        /// Somebody else has run it for this time.
        case isSettled
        /// It could not begin.
        case couldNotBegin(String)
    }

    /// Runs it to its end. Cancelling cancels the statement on the server and undoes its transaction.
    func perform() async -> Outcome {
        do {
            return try await PostgresConnection.withConnection(database.with("application_name", "daybook jobs")) {
                await perform(on: JobLedger(connection: $0))
            }
        } catch {
            return Task.isCancelled ? .interrupted(run: nil) : .couldNotBegin("\(error)")
        }
    }

    private func perform(on ledger: JobLedger) async -> Outcome {
        let run: Int64
        do {
            guard try await ledger.tryLock(job.name) else { return .isTaken }
            guard let claimed = try await ledger.claim(job.name, for: due) else { return .isSettled }
            run = claimed
        } catch {
            return Task.isCancelled ? .interrupted(run: nil) : .couldNotBegin("\(error)")
        }
        do {
            return .done(rows: try await work(run, on: ledger))
        } catch {
            if Task.isCancelled { return .interrupted(run: run) }
            let message = JobFailure(error, of: job).description
            do {
                try await ledger.fail(run, of: job.name, for: due, as: .failed, because: message)
                return .failed(message)
            } catch {
                return Task.isCancelled ? .interrupted(run: run) : .lost(run: run, message)
            }
        }
    }

    private func work(_ run: Int64, on ledger: JobLedger) async throws -> Int {
        let connection = ledger.connection
        for (name, value) in [("statement_timeout", "\(job.timeout.milliseconds)ms"), ("TimeZone", "UTC")] {
            try await connection.query("SELECT set_config($1::text, $2::text, false)", [name, value])
        }
        switch job.work {
        case .builtIn(.vacuumRollups):
            let rows = try await connection.query("SELECT table_schema, table_name FROM daybook.rollups ORDER BY name")
            for row in rows {
                let (schema, name) = try row.decode(String.self, String.self)
                try await connection.execute("VACUUM (ANALYZE) \(QualifiedName(schema: schema, name: name).sql)")
            }
            try await connection.withTransaction { _ in
                try await ledger.finish(run, of: job.name, for: due, rows: rows.count)
            }
            return rows.count
        case .sql(let script, let batches):
            var total = 0
            for batch in 1...batches {
                let isLast = try await connection.withTransaction { connection in
                    let rows = try await connection.executeCounting(script)
                    total += rows
                    let isLast = rows == 0 || batch == batches
                    if isLast {
                        try await ledger.finish(run, of: job.name, for: due, rows: total)
                    } else {
                        try await ledger.note(rows: total, of: run)
                    }
                    return isLast
                }
                if isLast { break }
            }
            return total
        }
    }
}
