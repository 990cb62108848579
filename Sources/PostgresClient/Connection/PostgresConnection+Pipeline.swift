internal import CLibPQ

extension PostgresConnection {
    /// Sends all statements at once and then reads their results, in one round trip.
    ///
    /// Outside of a transaction they are one: if one fails, none has happened.
    ///
    /// - Returns: one result for each statement.
    /// - Throws: the first error, with its `statementIndex`; `CancellationError`.
    @discardableResult
    public func pipeline(_ statements: [PostgresStatement]) async throws -> [PostgresResult] {
        let parameters = try statements.enumerated().map { index, statement in
            do {
                try requireNoZeroByte(statement.sql)
                return try Parameters(statement.parameters)
            } catch var error as PostgresError {
                error.statementIndex = index
                throw error
            }
        }
        guard !statements.isEmpty else { return [] }
        return try await exchange { connection in
            let keys = zip(statements, parameters).map { statement, parameters in
                statement.cached ? StatementCache.Key(sql: statement.sql, types: parameters.types) : nil
            }
            let plan = PipelinePlan(keys, &self.statements)
            guard PQenterPipelineMode(connection) == 1 else { throw link.lossError }
            for step in plan.steps { try send(connection, step, statements, parameters) }
            try sent(PQpipelineSync(connection))
            let results = try plan.steps.compactMap { try receive($0) }
            try endPipeline(connection)
            return results
        }
    }

    private func send(
        _ connection: OpaquePointer,
        _ step: PipelinePlan.Step,
        _ statements: [PostgresStatement],
        _ parameters: [Parameters]
    ) throws {
        switch step {
        case .deallocate(_, let name): try send(connection, "DEALLOCATE \(name)", try Parameters([]))
        case .prepare(let key, let name, _): try sendPrepare(connection, name, key)
        case .run(let index): try send(connection, statements[index].sql, parameters[index])
        case .runPrepared(let name, let index): try sendPrepared(connection, name, parameters[index])
        }
    }

    /// The result of one step; nil for those that no statement of the caller stands for.
    private func receive(_ step: PipelinePlan.Step) throws -> PostgresResult? {
        let result: PostgresResult
        do {
            result = try collectResult()
        } catch var error as PostgresError {
            if Self.isOutdatedPlan(error) { statements.removeAll() }
            error.statementIndex = step.statement
            throw error
        }
        switch step {
        case .deallocate(let key, _): statements.remove(key)
        case .prepare(let key, let name, _): statements.insert(key, name: name)
        case .run, .runPrepared: return result
        }
        return nil
    }

    private func endPipeline(_ connection: OpaquePointer) throws {
        let result = try nextResult()
        defer { PQclear(result) }
        guard let result, PQresultStatus(result) == PGRES_PIPELINE_SYNC else {
            throw result.map { PostgresError(result: $0) } ?? link.lossError
        }
        guard PQexitPipelineMode(connection) == 1 else {
            throw PostgresError(.protocolViolation, "The server's answers to a pipeline do not fit its statements.")
        }
    }
}
