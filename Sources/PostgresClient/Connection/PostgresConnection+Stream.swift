internal import CLibPQ

extension PostgresConnection {
    /// Runs one statement and hands out its rows in batches as they are asked for, in bounded memory however many there
    /// are: the server waits while `body` does not ask.
    ///
    /// A body that leaves early by an error cancels the statement. One that leaves early by returning does so too,
    /// except in ``withTransaction(_:_:)``, which a cancel would make fail: there the remaining rows are read and
    /// dropped. In the body the connection has no other use (a trap).
    ///
    /// - Parameter batchSize: the most rows of one batch; large rows make smaller batches, of about 4 MiB.
    public nonisolated(nonsending) func stream<R: Sendable>(
        _ sql: String,
        _ parameters: [(any PostgresEncodable)?] = [],
        batchSize: Int = 1000,
        _ body: (PostgresRowStream) async throws -> R
    ) async throws -> R {
        try await beginStream(sql, parameters, batchSize: batchSize)
        let result: R
        do {
            result = try await body(PostgresRowStream(connection: self))
        } catch {
            await abandonStream()
            throw error
        }
        try await endStream()
        return result
    }

    private func beginStream(
        _ sql: String,
        _ parameters: [(any PostgresEncodable)?],
        batchSize: Int
    ) async throws {
        precondition(batchSize > 0, "a batch holds at least one row")
        try requireNoZeroByte(sql)
        let parameters = try Parameters(parameters)
        try await interruptible {
            try state.begin(.stream)
            cancellation = Cancellation()
            stream = StreamState(batchSize: batchSize)
            do {
                try send(link.handle, sql, parameters)
                PQsetSingleRowMode(try link.handle)
                try flush()
            } catch {
                defer { closeStream() }
                try failStream(error)
            }
        }
    }

    /// For ``PostgresRowStream``.
    func nextBatch() async throws -> PostgresRows? {
        try await interruptible {
            try state.resume(.stream)
            guard var progress = stream, !progress.isComplete else { return nil }
            do {
                let batch = try readBatch(&progress)
                stream = progress
                if progress.isComplete || cancellation.isRequested { try settleStream() }
                return batch.rowCount > 0 ? PostgresRows(batch, columns: progress.columns) : nil
            } catch {
                try failStream(error)
            }
        }
    }

    private func readBatch(_ progress: inout StreamState) throws -> RowBatch {
        var batch = RowBatch()
        while !progress.isFull(batch), !cancellation.isRequested {
            guard let result = try nextResult() else {
                progress.isComplete = true
                break
            }
            defer { PQclear(result) }
            switch PQresultStatus(result) {
            case PGRES_SINGLE_TUPLE:
                if progress.columns.isEmpty { progress.columns = PostgresColumn.all(of: result) }
                batch.append(result)
            case PGRES_TUPLES_OK, PGRES_COMMAND_OK, PGRES_EMPTY_QUERY: break
            case PGRES_COPY_IN, PGRES_COPY_OUT, PGRES_COPY_BOTH:
                throw PostgresError(.protocolViolation, "COPY cannot be streamed; use a SELECT.")
            default: throw PostgresError(result: result)
            }
        }
        return batch
    }

    /// The statement is over on the server's side.
    private func settleStream() throws {
        stream?.isComplete = true
        try settle(cancellation.isRequested ? .failure(CancellationError()) : .success(()))
    }

    private func failStream(_ error: any Error) throws -> Never {
        stream?.isComplete = true
        try settle(Result<Never, any Error>.failure(error))
    }

    private func abandonStream() async {
        _ = try? await interruptible(isShielded: true) {
            if stream?.isComplete == false, link.isAlive {
                requestCancel()
                try? settleStream()
            }
        }
        closeStream()
    }

    private func endStream() async throws {
        defer { closeStream() }
        guard stream?.isComplete == false else { return }
        guard state.isInTransaction, !Task.isCancelled else { return await abandonStream() }
        do {
            try await interruptible {
                while stream?.isComplete == false { try discardBatch() }
            }
        } catch {
            await abandonStream()
            throw error
        }
    }

    private func discardBatch() throws {
        guard var progress = stream else { return }
        do {
            _ = try readBatch(&progress)
            stream = progress
            if progress.isComplete || cancellation.isRequested { try settleStream() }
        } catch {
            try failStream(error)
        }
    }

    private func closeStream() {
        stream = nil
        state.end()
    }
}
