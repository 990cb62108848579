internal import CLibPQ

extension PostgresConnection {
    /// Runs `COPY … FROM STDIN` with the data that `body` writes.
    ///
    /// When `body` throws, the COPY fails as a whole, and its error is thrown; the connection stays usable. In the body
    /// the connection has no other use (a trap).
    ///
    /// - Returns: the number of rows copied.
    public nonisolated(nonsending) func copyIn(
        _ sql: String,
        _ body: (PostgresCopyWriter) async throws -> Void
    ) async throws -> Int {
        try await beginCopy(sql)
        do {
            let writer = PostgresCopyWriter(self)
            try await body(writer)
            try await writer.flush()
            return try await endCopy()
        } catch {
            await failCopy()
            throw error
        }
    }

    private func beginCopy(_ sql: String) async throws {
        try requireNoZeroByte(sql)
        try await interruptible {
            try state.begin(.copy)
            do {
                try settled { try openCopy($0, sql) }
                isCopyOpen = true
            } catch {
                state.end()
                throw error
            }
        }
    }

    private func openCopy(_ connection: OpaquePointer, _ sql: String) throws {
        try sent(PQsendQuery(connection, sql))
        guard let result = try nextResult() else { throw link.lossError }
        defer { PQclear(result) }
        switch PQresultStatus(result) {
        case PGRES_COPY_IN: if cancellation.isRequested { throw CancellationError() }
        case PGRES_FATAL_ERROR: throw PostgresError(result: result)
        default: throw PostgresError(.protocolViolation, "copyIn takes one COPY … FROM STDIN.")
        }
    }

    /// For ``PostgresCopyWriter``.
    func putCopy(_ bytes: [UInt8]) async throws {
        try await interruptible {
            try state.resume(.copy)
            guard isCopyOpen else { throw PostgresError(.protocolViolation, "The COPY has failed; end its body.") }
            do {
                let connection = try link.handle
                let accepted = bytes.withUnsafeBytes {
                    PQputCopyData(connection, $0.baseAddress?.assumingMemoryBound(to: CChar.self), Int32($0.count))
                }
                guard accepted >= 0 else { throw link.lossError }
                try flush()
                if cancellation.isRequested { throw CancellationError() }
            } catch {
                try closeCopy(Result<Void, any Error>.failure(error))
            }
        }
    }

    private func endCopy() async throws -> Int {
        try await interruptible {
            try state.resume(.copy)
            return try closeCopy(
                Result {
                    try putCopyEnd()
                    return try collectResult().affectedRows
                }
            )
        }
    }

    /// Also where the server waits for a lock and does not read: so it is cancelled, too.
    private func failCopy() async {
        _ = try? await interruptible(isShielded: true) {
            defer { state.end() }
            guard isCopyOpen, state.isOpen else { return }
            requestCancel()
            try closeCopy(Result<Void, any Error>.failure(CancellationError()))
        }
    }

    /// What is left of a COPY that has failed is ended by ``discardResults()``.
    @discardableResult
    private func closeCopy<R>(_ outcome: Result<R, any Error>) throws -> R {
        isCopyOpen = false
        let result = try settle(outcome)
        state.end()
        return result
    }

    private func putCopyEnd() throws {
        let connection = try link.handle
        while true {
            switch PQputCopyEnd(connection, nil) {
            case 1: return
            case 0: try wait(writing: true)
            default: throw link.lossError
            }
        }
    }
}
