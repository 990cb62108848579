internal import CLibPQ

extension PostgresConnection {
    /// Runs `body` in a transaction: COMMIT when it returns, ROLLBACK when it throws. Cannot be nested (a trap).
    ///
    /// COMMIT and ROLLBACK run to their end also in a cancelled task; a body that returns is committed, cancelled or not.
    ///
    /// - Throws: what `body` throws; ``PostgresError/Code/server`` with SQLSTATE 25P02 when the transaction had failed
    ///   before although `body` returned; ``PostgresError/Code/commitOutcomeUnknown`` when the link was lost between
    ///   COMMIT and its answer.
    public nonisolated(nonsending) func withTransaction<R: Sendable>(
        _ mode: PostgresTransactionMode = .readCommitted,
        _ body: (PostgresConnection) async throws -> R
    ) async throws -> R {
        try await begin(mode)
        let result: R
        do {
            result = try await body(self)
        } catch {
            await rollback()
            throw error
        }
        try await commit()
        return result
    }

    private func begin(_ mode: PostgresTransactionMode) async throws {
        state.beginTransaction()
        do {
            try await executeScript(mode.begin)
        } catch {
            // BEGIN may have run before its cancel.
            await rollback()
            throw error
        }
    }

    /// Whatever stands in its way costs the link, and with it the transaction.
    private func rollback() async {
        defer { state.endTransaction() }
        guard isUsable, let connection = try? link.handle, PQtransactionStatus(connection) != PQTRANS_IDLE else {
            return
        }
        do {
            try await executeScript("ROLLBACK", isShielded: true, deadline: .now + Self.rollbackPatience)
        } catch {
            loseLink()
        }
    }

    private func commit() async throws {
        defer { state.endTransaction() }
        // A session that is gone before COMMIT has not committed.
        link.look()
        try state.requireOpen()
        guard isUsable else {
            let error = link.lossError
            loseLink()
            throw error
        }
        let tag: String
        do {
            tag = try await exchange(isShielded: true) { connection in
                try sent(PQsendQuery(connection, "COMMIT"))
                try strikeCommit()
                return try collectResult().commandTag
            }
        } catch let error as PostgresError where error.code == .connectionLost {
            throw PostgresError(
                .commitOutcomeUnknown,
                "The link was lost after COMMIT had been sent: the transaction may or may not have happened. "
                    + "Look for its effects before repeating it.",
                sqlState: error.sqlState,
                underlying: error
            )
        }
        guard tag == "COMMIT" else {
            throw PostgresError(
                .server,
                "The transaction was rolled back instead of committed, because a statement in it had failed. "
                    + "Let the statement's error end the transaction's body.",
                sqlState: "25P02"
            )
        }
    }

    static let rollbackPatience = Duration.seconds(10)
}
