import Daybook
import PostgresClient

/// A few connections that only read, shared by all requests; never the engine's.
///
/// Requests beyond the connections wait in line, and beyond the line are refused. A connection that has broken is replaced
/// by the next who needs one.
actor ReadPool {
    private let configuration: PostgresConfiguration
    private let size: Int
    private let lineLimit: Int
    private let statementTimeout: Duration
    private var idle: [PostgresConnection] = []
    private var open = 0
    private var line: [(ticket: UInt64, turn: CheckedContinuation<Void, any Error>)] = []
    private var nextTicket: UInt64 = 0

    /// - Parameters:
    ///   - size: the most connections.
    ///   - lineLimit: the most requests that wait for one.
    init(
        _ database: PostgresConfiguration, name: String = "daybook reader", size: Int = 4, lineLimit: Int = 100,
        statementTimeout: Duration = .seconds(30)
    ) {
        configuration = database.with("application_name", name)
        self.size = size
        self.lineLimit = lineLimit
        self.statementTimeout = statementTimeout
    }

    /// Runs `body` with a connection of its own.
    ///
    /// - Throws: 503 when too many wait; what connecting and `body` throw.
    nonisolated func withConnection<Result: Sendable>(
        _ body: (PostgresConnection) async throws -> Result
    ) async throws -> Result {
        let connection = try await acquire()
        do {
            let result = try await body(connection)
            await release(connection)
            return result
        } catch {
            await release(connection)
            throw error
        }
    }

    private func acquire() async throws -> PostgresConnection {
        if open >= size {
            try await waitInLine()
        } else {
            open += 1
        }
        // From here on one of the places is ours.
        while let connection = idle.popLast() {
            if await connection.isUsable { return connection }
        }
        do {
            return try await connect()
        } catch {
            leave()
            throw error
        }
    }

    private func waitInLine() async throws {
        guard line.count < lineLimit else {
            throw APIError.unavailable("busy", "Too many requests wait for the database. Try again in a second.")
        }
        let ticket = nextTicket
        nextTicket += 1
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (turn: CheckedContinuation<Void, any Error>) in
                if Task.isCancelled {
                    turn.resume(throwing: CancellationError())
                } else {
                    line.append((ticket, turn))
                }
            }
        } onCancel: {
            // A handler is not async; the task ends as soon as the actor has looked.
            Task { await self.giveUp(ticket) }
        }
    }

    private func giveUp(_ ticket: UInt64) {
        guard let index = line.firstIndex(where: { $0.ticket == ticket }) else { return }
        line.remove(at: index).turn.resume(throwing: CancellationError())
    }

    private func release(_ connection: PostgresConnection) async {
        if await connection.isUsable {
            idle.append(connection)
        } else {
            await connection.close()
        }
        leave()
    }

    /// Gives the place to the next in line.
    private func leave() {
        if line.isEmpty {
            open -= 1
        } else {
            line.removeFirst().turn.resume()
        }
    }

    private func connect() async throws -> PostgresConnection {
        let connection = try await PostgresConnection.connect(configuration)
        do {
            let own = [
                ("default_transaction_read_only", "on"), ("jit", "off"), ("row_security", "off"),
                ("statement_timeout", "\(statementTimeout.components.seconds)s"),
            ]
            for (name, value) in FeedSchema.fixedSettings + own {
                try await connection.query("SELECT set_config($1::text, $2::text, false)", [name, value])
            }
            return connection
        } catch {
            await connection.close()
            throw error
        }
    }
}
