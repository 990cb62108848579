import Foundation
import PostgresClient
import Testing

/// Cancels at random moments: whatever the call makes of it, the next call gets its own answer.
@Suite struct CancelTests {
    private static let rounds = 200

    private func race(
        _ call: @escaping @Sendable (PostgresConnection, _ size: Int32) async throws -> Void
    ) async throws {
        try await withTestConnection { connection in
            try await connection.execute("create temp table t (n int4)")
            var generator = SeededGenerator(seed: 7)
            var cancelled = 0
            for round in 0..<Self.rounds {
                let size = Int32.random(in: 0...40_000, using: &generator)
                let task = Task { try await call(connection, size) }
                for _ in 0..<Int.random(in: 0...3000, using: &generator) { await Task.yield() }
                task.cancel()
                do {
                    try await task.value
                } catch is CancellationError {
                    cancelled += 1
                }
                #expect(try await connection.query("select $1::int4", [Int32(round)])[0].decode(Int.self) == round)
                let state = try await connection.query("select pg_current_xact_id_if_assigned() is null")
                #expect(try state[0].decode(Bool.self))
            }
            #expect(cancelled > 0, "no cancel came in time, the test shows nothing")
        }
    }

    private static let work = "select count(*) from generate_series(1, $1::int4)"

    @Test func query() async throws {
        try await race { _ = try await $0.query(Self.work, [$1]) }
    }

    @Test func cachedQuery() async throws {
        try await race { _ = try await $0.query(Self.work + " where \($1 % 200) >= 0", [$1], cached: true) }
    }

    @Test func script() async throws {
        try await race { try await $0.execute("select count(*) from generate_series(1, \($1)); select 1; select 2") }
    }

    @Test func pipeline() async throws {
        try await race { connection, size in
            let statements = (0..<5).map { _ in PostgresStatement(Self.work, [size / 5], cached: true) }
            let results = try await connection.pipeline(statements)
            #expect(results.count == 5)
        }
    }

    @Test func stream() async throws {
        try await race { connection, size in
            try await connection.stream("select generate_series(1, $1)", [size], batchSize: 500) { rows in
                while try await rows.next() != nil {}
            }
        }
    }

    @Test func copy() async throws {
        try await race { connection, size in
            _ = try await connection.copyIn("copy t from stdin") { writer in
                for number in 0..<size { try await writer.write("\(number)\n") }
            }
        }
    }

    @Test func transaction() async throws {
        try await race { connection, size in
            try await connection.withTransaction { connection in
                _ = try await connection.query(Self.work, [size / 2])
                _ = try await connection.query(Self.work, [size / 2])
            }
        }
    }

    @Test func listening() async throws {
        try await race { connection, _ in
            try await connection.listen(to: ["bell"]) { notifications in
                for try await _ in notifications {}
            }
        }
    }

    @Test func aCancelledTaskSendsNothing() async throws {
        try await withTestConnection { connection in
            try await connection.execute("create temp table t (n int4)")
            let task = Task {
                withUnsafeCurrentTask { $0?.cancel() }
                try await connection.query("insert into t values (1)")
            }
            await #expect(throws: CancellationError.self) { try await task.value }
            #expect(try await connection.query("select from t").isEmpty)
        }
    }

    @Test func aStatementThatWaitsEndsAtOnce() async throws {
        let key = Int64.random(in: 0 ... .max)
        try await withTestConnection { holder in
            try await holder.query("select pg_advisory_lock($1)", [key])
            try await withTestConnection { connection in
                let task = Task {
                    try await connection.withTransaction {
                        try await $0.query("select pg_advisory_xact_lock($1)", [key])
                    }
                }
                try await waitUntilBlocked(connection.backendProcessID, holder)
                task.cancel()
                await #expect(throws: CancellationError.self) { try await task.value }
                try await expectInStep(connection)
            }
        }
    }

    /// The server does not read while its trigger waits, so the writer's `write` waits, too.
    @Test(arguments: ["lock table %", "select pg_advisory_lock(hashtext('%'))"])
    func aCopyThatWaitsEndsAtOnce(lock: String) async throws {
        let table = uniqueName("copied")
        try await withTestConnection { holder in
            try await holder.execute(
                """
                create table \(table) (n int4);
                create function \(table)() returns trigger language plpgsql as
                    $$ begin perform pg_advisory_xact_lock(hashtext('\(table)')); return new; end $$;
                create trigger waits before insert on \(table) for each row execute function \(table)();
                """
            )
            try await withTestConnection { connection in
                try await holder.withTransaction { holder in
                    try await holder.execute(lock.replacing("%", with: table))
                    let task = Task {
                        try await connection.copyIn("copy \(table) from stdin") { writer in
                            while true { try await writer.write(String(repeating: "1\n", count: 10_000)) }
                        }
                    }
                    try await waitUntilBlocked(connection.backendProcessID, holder)
                    task.cancel()
                    await #expect(throws: CancellationError.self) { _ = try await task.value }
                }
                try await expectInStep(connection)
                let rows = try await connection.query("select from \(table)")
                #expect(rows.isEmpty)
            }
            try await holder.execute("drop table \(table); drop function \(table)")
        }
    }

    @Test func aStreamThatWaitsEndsAtOnce() async throws {
        let key = Int64.random(in: 0 ... .max)
        try await withTestConnection { holder in
            try await holder.query("select pg_advisory_lock($1)", [key])
            try await withTestConnection { connection in
                let task = Task {
                    try await connection.stream(
                        "select case when n > 2000 then pg_advisory_lock($1)::text end from generate_series(1, 3000) n",
                        [key]
                    ) { rows in
                        var count = 0
                        for try await batch in rows { count += batch.count }
                        return count
                    }
                }
                try await waitUntilBlocked(connection.backendProcessID, holder)
                task.cancel()
                await #expect(throws: CancellationError.self) { _ = try await task.value }
                try await expectInStep(connection)
            }
        }
    }

    @Test func aServerThatDoesNotAnswerTheCancelCostsTheLink() async throws {
        let key = Int64.random(in: 0 ... .max)
        try await withTestConnection { holder in
            try await holder.query("select pg_advisory_lock($1)", [key])
            try await withTestConnection { connection in
                let task = Task { try await connection.query("select pg_advisory_lock($1)", [key]) }
                try await waitUntilBlocked(connection.backendProcessID, holder)
                kill(connection.backendProcessID, SIGSTOP)
                task.cancel()
                await #expect(throws: CancellationError.self) { try await task.value }
                kill(connection.backendProcessID, SIGCONT)
                #expect(await !connection.isUsable)
            }
        }
    }

    @Test func manyConnectionsWaitAtTheSameTime() async throws {
        let key = Int64.random(in: 0 ... .max)
        try await withTestConnection { holder in
            try await holder.query("select pg_advisory_lock($1)", [key])
            try await withThrowingTaskGroup { group in
                for _ in 0..<12 {
                    group.addTask {
                        try await withTestConnection {
                            _ = try await $0.query("select pg_advisory_lock_shared($1)", [key])
                        }
                    }
                }
                var waiting = 0
                for _ in 0..<100_000 where waiting < 12 {
                    waiting = try await holder.query(
                        "select from pg_locks where locktype = 'advisory' and not granted and objid = $1",
                        [UInt32(truncatingIfNeeded: key)]
                    ).count
                }
                #expect(waiting == 12)
                try await holder.query("select pg_advisory_unlock($1)", [key])
                try await group.waitForAll()
            }
        }
    }
}
