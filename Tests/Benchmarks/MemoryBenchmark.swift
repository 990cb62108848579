import Foundation
import PostgresClient
import PrivatePostgres

/// The daemon's peak memory while a lot passes through it, and whether the rollup is right afterwards.
struct MemoryBenchmark {
    static let mostMegabytes = 300.0
    /// The statements that a backlog is written by.
    static let backlogStatements = 10

    let rows: Int

    private struct Case {
        let name: String
        /// INSERTs, each a transaction.
        let writes: [String]
        /// Whether the daemon is away meanwhile.
        var isBacklog = false
    }

    func run() async throws -> [Bound] {
        try await BenchmarkDatabase.withServer { server in
            print("memory: \(rows) source rows in each case, MB of 1,000,000 bytes")
            var bounds: [Bound] = []
            for (number, sample) in cases.enumerated() {
                let database = try await BenchmarkDatabase.create("memory_\(number)", on: server)
                try await database.install()
                bounds.append(try await measure(sample, on: database))
                if number == 1 { bounds.append(try await measureRestart(on: database)) }
            }
            return bounds
        }
    }

    private var cases: [Case] {
        [
            Case(name: "one transaction, 1,000 keys of today", writes: [insert(rows, user: "i % 1000", daysAgo: "0")]),
            Case(name: "one transaction, every row a key of today", writes: [insert(rows, user: "i", daysAgo: "0")]),
            Case(
                name: "one transaction, every row a key, over 400 days",
                writes: [insert(rows, user: "i", daysAgo: "i % 400")]),
            Case(
                name: "a backlog of single-row events while the daemon is away",
                writes: Array(
                    repeating: insert(rows / Self.backlogStatements, user: "i", daysAgo: "i % 3"),
                    count: Self.backlogStatements
                ),
                isBacklog: true
            ),
        ]
    }

    private func insert(_ count: Int, user: String, daysAgo: String) -> String {
        """
        INSERT INTO \(BenchmarkDatabase.source) (user_id, subreddit, title, occurred_at, views, upvotes, comment_count)
        SELECT \(user), 'subreddit' || \(user) % 50, 'What we learned in week ' || \(user) % 50,
            now() - \(daysAgo) * interval '1 day', i % 1000, i % 100, i % 10
        FROM generate_series(1, \(count)) AS i
        """
    }

    private func measure(_ sample: Case, on database: BenchmarkDatabase) async throws -> Bound {
        try await database.withConnection { connection in
            // A daemon that has never run would build its rollups and read no backlog.
            var engine: ChildEngine? = try await start(on: database, watching: connection)
            let idle = try engine?.peakMegabytes() ?? 0
            if sample.isBacklog {
                try engine?.stop()
                engine = nil
            }
            var last = PostgresTransactionID(rawValue: 0)
            for write in sample.writes { last = try await commit(write, on: connection) }
            let begun = ContinuousClock.now
            if sample.isBacklog { engine = try ChildEngine(on: database) }
            guard let engine else { preconditionFailure("each case has an engine") }
            try await wait(for: last, in: engine, on: connection)
            let seconds = begun.duration(to: .now) / .seconds(1)
            let peak = try engine.peakMegabytes()
            try engine.stop()
            let events = try await connection.query("SELECT count(*) FROM daybook.events")[0].decode(Int.self)
            let comparison = try await RollupComparison.read(on: connection)
            print(
                "  \(sample.name): \(events) events in \(seconds.rounded(toPlaces: 1)) s, \(comparison.keys) keys, peak "
                    + "\(peak.rounded(toPlaces: 0)) MB"
                    + (sample.isBacklog ? "" : " (idle \(idle.rounded(toPlaces: 0)))")
            )
            guard comparison.different == 0 else {
                throw BenchmarkError("\(comparison.different) of \(comparison.keys) keys differ from the source.")
            }
            return Bound(
                name: "memory, \(sample.name)", value: peak, requirement: .atMost(Self.mostMegabytes), unit: " MB")
        }
    }

    /// Another daemon that starts on a table with very many rows of today.
    private func measureRestart(on database: BenchmarkDatabase) async throws -> Bound {
        try await database.withConnection { connection in
            let begun = ContinuousClock.now
            let engine = try ChildEngine(on: database)
            let last = try await commit(insert(1, user: "i", daysAgo: "0"), on: connection)
            try await wait(for: last, in: engine, on: connection)
            let seconds = begun.duration(to: .now) / .seconds(1)
            let peak = try engine.peakMegabytes()
            try engine.stop()
            print("  a restart after that: \(seconds.rounded(toPlaces: 1)) s, peak \(peak.rounded(toPlaces: 0)) MB")
            return Bound(
                name: "memory, a restart after that", value: peak, requirement: .atMost(Self.mostMegabytes), unit: " MB"
            )
        }
    }

    /// - Returns: a daemon that counts what comes from now on.
    private func start(on database: BenchmarkDatabase, watching connection: PostgresConnection) async throws
        -> ChildEngine
    {
        let engine = try ChildEngine(on: database)
        try await wait(for: "the daemon's start", in: engine) {
            let rows = try await connection.query("SELECT bool_and(state = 'built') FROM daybook.rollups", cached: true)
            return try rows[0].decode(Bool.self)
        }
        return engine
    }

    private func commit(_ statement: String, on connection: PostgresConnection) async throws -> PostgresTransactionID {
        try await connection.withTransaction { connection in
            try await connection.query(statement)
            return try await connection.query("SELECT pg_current_xact_id()")[0].decode(PostgresTransactionID.self)
        }
    }

    /// Until the rollup tables contain the transaction.
    private func wait(
        for transaction: PostgresTransactionID, in engine: ChildEngine, on connection: PostgresConnection
    ) async throws {
        try await wait(for: "the flush", in: engine) {
            let rows = try await connection.query(
                "SELECT pg_visible_in_snapshot($1::xid8, position) FROM daybook.cursor", [transaction], cached: true
            )
            return try rows[0].decode(Bool.self)
        }
    }

    private func wait(for event: String, in engine: ChildEngine, _ condition: () async throws -> Bool) async throws {
        let end = ContinuousClock.now + .seconds(600)
        while try await !condition() {
            guard engine.isRunning else {
                throw BenchmarkError("The engine's process ended while it was to do its work.")
            }
            guard .now < end else { throw BenchmarkError("Waited ten minutes in vain for \(event).") }
            try await Task.sleep(for: .milliseconds(20))
        }
    }
}
