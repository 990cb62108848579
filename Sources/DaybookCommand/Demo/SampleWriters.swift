import PostgresClient
import ServiceLifecycle
import Synchronization

/// The sample application at work: some connections that run transactions at a given rate until shutdown.
struct SampleWriters: Service {
    static let connections = 4

    let database: PostgresConfiguration
    /// Transactions a second, over all connections.
    let rate: Double
    let historyPosts: Int
    let meter: FreshnessMeter
    let counts: Counts

    /// What the writers have done so far.
    final class Counts: Sendable {
        private let values = Mutex((transactions: 0, rows: 0))

        var current: (transactions: Int, rows: Int) { values.withLock { $0 } }

        func add(rows: Int) {
            values.withLock {
                $0.transactions += 1
                $0.rows += rows
            }
        }
    }

    func run() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<Self.connections {
                group.addTask {
                    try await PostgresConnection.withConnection(database.with("application_name", "sample application"))
                    {
                        try await write(number, on: $0)
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    private func write(_ number: Int, on connection: PostgresConnection) async throws {
        var workload = SampleWorkload(seed: UInt64(number) &+ 1, historyPosts: historyPosts)
        let interval = Duration.seconds(Double(Self.connections) / rate)
        var due = ContinuousClock.now.advanced(by: interval * Double(number) / Double(Self.connections))
        while !Task.isShuttingDownGracefully, !Task.isCancelled {
            let next = due
            if next > .now { _ = try? await cancelWhenGracefulShutdown { try await Task.sleep(until: next) } }
            if Task.isShuttingDownGracefully { break }
            // A writer that cannot keep up does not try to catch up with more than a second's work.
            due = max(due, ContinuousClock.now.advanced(by: .seconds(-1))).advanced(by: interval)
            try await perform(workload.next(), on: connection)
        }
    }

    private func perform(_ transaction: SampleWorkload.Transaction, on connection: PostgresConnection) async throws {
        struct ChangedItsMind: Error {}
        do {
            let (rows, xid) = try await connection.withTransaction { connection in
                var rows = 0
                for statement in transaction.statements {
                    rows += try await connection.query(statement.sql, statement.parameters, cached: true).affectedRows
                }
                if transaction.rollsBack { throw ChangedItsMind() }
                let xid = try await connection.query("SELECT pg_current_xact_id_if_assigned()", cached: true)[0]
                return (rows, try xid.decode(PostgresTransactionID?.self))
            }
            counts.add(rows: rows)
            if let xid, transaction.kind.feedsARollup { meter.committed(xid) }
        } catch is ChangedItsMind {
            counts.add(rows: 0)
        }
    }
}

extension SampleWorkload.Kind {
    /// Whether its transactions always change something that a rollup counts.
    fileprivate var feedsARollup: Bool {
        switch self {
        case .publish, .captions, .bulkImport: true
        default: false
        }
    }
}
