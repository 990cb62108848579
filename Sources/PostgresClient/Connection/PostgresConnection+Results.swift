internal import CLibPQ

extension PostgresConnection {
    /// Reads all results of one statement (or script) and returns the last.
    ///
    /// - Throws: the first error among them, after all have been read.
    func collectResult() throws -> PostgresResult {
        var last: PostgresResult?
        var failure: PostgresError?
        while let result = try nextResult() {
            switch PQresultStatus(result) {
            case PGRES_COMMAND_OK, PGRES_TUPLES_OK, PGRES_SINGLE_TUPLE, PGRES_EMPTY_QUERY:
                last = PostgresResult(result)
            case PGRES_COPY_IN, PGRES_COPY_OUT, PGRES_COPY_BOTH:
                let status = PQresultStatus(result)
                PQclear(result)
                failure = failure ?? PostgresError(.protocolViolation, "COPY cannot run here; use copyIn, or a SELECT.")
                try abandonCopy(status)
            default:
                failure = failure ?? PostgresError(result: result)
                PQclear(result)
            }
        }
        if let failure { throw failure }
        guard let last else { throw link.lossError }
        return last
    }

    /// Reads and drops whatever is outstanding, in and out of pipeline mode.
    func discardResults() throws {
        let connection = try link.handle
        let isPipeline = PQpipelineStatus(connection) != PQ_PIPELINE_OFF
        var mayHaveMore = isPipeline
        while true {
            guard let result = try nextResult() else {
                if mayHaveMore, PQstatus(connection) == CONNECTION_OK, PQexitPipelineMode(connection) == 0 {
                    continue
                }
                mayHaveMore = false
                break
            }
            let status = PQresultStatus(result)
            PQclear(result)
            if [PGRES_COPY_IN, PGRES_COPY_OUT, PGRES_COPY_BOTH].contains(status) { try abandonCopy(status) }
        }
    }

    /// Ends a COPY that nobody asked for.
    private func abandonCopy(_ status: ExecStatusType) throws {
        let connection = try link.handle
        if status != PGRES_COPY_OUT {
            while PQputCopyEnd(connection, "COPY was not expected") == 0 { try wait(writing: true) }
        }
        guard status != PGRES_COPY_IN else { return }
        var buffer: UnsafeMutablePointer<CChar>?
        while true {
            let length = PQgetCopyData(connection, &buffer, 1)
            if let buffer { PQfreemem(buffer) }
            buffer = nil
            if length < 0 { return }
            if length == 0 {
                guard PQstatus(connection) == CONNECTION_OK else { throw link.lossError }
                try wait()
            }
        }
    }
}
