import PostgresClient
import Testing

@Suite struct TransactionTests {
    @Test func commitsWhatReturnsAndUndoesWhatThrows() async throws {
        try await withTestConnection { connection in
            try await connection.execute("create temp table t (n int4)")
            try await connection.withTransaction { try await $0.execute("insert into t values (1)") }
            await #expect(throws: TestClusterError.self) {
                try await connection.withTransaction { connection in
                    try await connection.execute("insert into t values (2)")
                    throw TestClusterError(what: "no")
                }
            }
            #expect(try await connection.query("select n from t").map { try $0.decode(Int.self) } == [1])
        }
    }

    @Test(arguments: [
        (PostgresTransactionMode.readCommitted, "read committed", "off"),
        (.repeatableRead, "repeatable read", "off"), (.repeatableReadReadOnly, "repeatable read", "on"),
        (.serializable, "serializable", "off"),
        (PostgresTransactionMode(.serializable, isReadOnly: true, isDeferrable: true), "serializable", "on"),
    ])
    func theModeIsInForce(mode: PostgresTransactionMode, isolation: String, readOnly: String) async throws {
        try await withTestConnection { connection in
            try await connection.execute("set default_transaction_isolation = 'serializable'")
            try await connection.withTransaction(mode) { connection in
                let row = try await connection.query(
                    """
                    select current_setting('transaction_isolation'), current_setting('transaction_read_only'),
                        current_setting('transaction_deferrable')
                    """
                )[0]
                let settings = try row.decode(String.self, String.self, String.self)
                #expect(settings == (isolation, readOnly, mode.isDeferrable ? "on" : "off"))
            }
        }
    }

    @Test func aSwallowedErrorIsNoCommit() async throws {
        try await withTestConnection { connection in
            let error = await #expect(throws: PostgresError.self) {
                try await connection.withTransaction { connection in
                    _ = try? await connection.query("select 1/0")
                }
            }
            #expect(error?.sqlState == "25P02")
            try await connection.withTransaction { _ = try await $0.query("select 1") }
        }
    }

    @Test func nestingIsATrap() async throws {
        let parameters = try await TestCluster.shared.value.configuration().parameters
        await #expect(processExitsWith: .failure) { [parameters = parameters as [String: String]] in
            try await PostgresConnection.withConnection(PostgresConfiguration("", parameters: parameters)) {
                connection in
                try await connection.withTransaction { try await $0.withTransaction { _ in } }
            }
        }
    }

    /// The transaction waits at COMMIT, in a deferred trigger, for a lock that `holder` has.
    ///
    ///     connection                      holder
    ///                                     lock
    ///     BEGIN, INSERT, COMMIT (waits)
    ///                                     `meanwhile`, unlock
    private func withCommitWaiting(
        _ body: (PostgresConnection, _ holder: PostgresConnection, _ table: String, _ key: Int64) async throws -> Void
    ) async throws {
        let table = uniqueName("commit_waits")
        let key = Int64.random(in: 0 ... .max)
        try await withTestConnection { holder in
            try await holder.execute(
                """
                create table \(table) (n int4);
                create function \(table)() returns trigger language plpgsql as
                    $$ begin perform pg_advisory_xact_lock(\(key)); return null; end $$;
                create constraint trigger waits after insert on \(table) deferrable initially deferred
                    for each row execute function \(table)();
                select pg_advisory_lock(\(key))
                """
            )
            do { try await withTestConnection { try await body($0, holder, table, key) } } catch { Issue.record(error) }
            try await holder.execute("drop table \(table); drop function \(table)")
        }
    }

    @Test func commitIsNotCancelled() async throws {
        try await withCommitWaiting { connection, holder, table, key in
            let task = Task {
                try await connection.withTransaction { try await $0.execute("insert into \(table) values (1)") }
            }
            try await waitUntilBlocked(connection.backendProcessID, holder)
            task.cancel()
            try await holder.query("select pg_advisory_unlock($1)", [key])
            try await task.value
            #expect(try await holder.query("select from \(table)").count == 1)
            try await expectInStep(connection)
        }
    }

    @Test func aLinkLostAtCommitLeavesTheOutcomeUnknown() async throws {
        try await withCommitWaiting { connection, holder, table, _ in
            let task = Task {
                try await connection.withTransaction { try await $0.execute("insert into \(table) values (1)") }
            }
            try await waitUntilBlocked(connection.backendProcessID, holder)
            try await holder.query("select pg_terminate_backend($1, 60000)", [connection.backendProcessID])
            let error = await #expect(throws: PostgresError.self) { try await task.value }
            #expect(error?.code == .commitOutcomeUnknown)
            #expect(await !connection.isUsable)
        }
    }

    @Test func aLinkLostBeforeCommitIsJustLost() async throws {
        try await withTestConnection { holder in
            try await withTestConnection { connection in
                let error = await #expect(throws: PostgresError.self) {
                    try await connection.withTransaction { connection in
                        try await connection.execute("select 1")
                        try await holder.query("select pg_terminate_backend($1, 60000)", [connection.backendProcessID])
                    }
                }
                #expect(error?.code == .connectionLost)
                let later = await #expect(throws: PostgresError.self) { try await connection.query("select 1") }
                #expect(later?.code == .connectionLost)
            }
        }
    }
}

/// Waits until a session of the server waits for a lock.
func waitUntilBlocked(_ processID: Int32, _ watcher: PostgresConnection) async throws {
    for _ in 0..<100_000 {
        let rows = try await watcher.query(
            "select from pg_stat_activity where pid = $1 and wait_event_type = 'Lock'",
            [processID]
        )
        if !rows.isEmpty { return }
    }
    throw TestClusterError(what: "session \(processID) never came to wait")
}
