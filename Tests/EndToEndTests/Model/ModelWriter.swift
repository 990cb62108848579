import PostgresClient

/// Runs a script against the server, through every failure: what fails is undone, and the next transaction follows.
struct ModelWriter: Sendable {
    let plan: ModelPlan
    let number: Int
    let database: PostgresConfiguration
    let gate: ModelGate
    let server: ServerState

    /// How transactions ended, by SQLSTATE or a word.
    typealias Tally = [String: Int]

    private struct Prepared {
        let name: String
        let commits: Bool
        let due: Int
    }

    /// Does all steps, then resolves what is still prepared.
    /// - Throws: an error of SQL that cannot be blamed on other writers or on the server's fate: a mistake of the script.
    func run() async throws -> Tally {
        var tally: Tally = [:]
        var script = plan.script(of: number)
        var connection: PostgresConnection?
        var prepared: [Prepared] = []
        do {
            for step in 0..<plan.steps {
                let transaction = script.next()
                await gate.begin()
                let outcome = try await perform(transaction, on: &connection)
                tally[outcome, default: 0] += 1
                if case .prepare(let name, let commits, let after) = transaction.ending, outcome == "done" {
                    prepared.append(Prepared(name: name, commits: commits, due: step + after))
                }
                for due in prepared.filter({ $0.due <= step }) { try await resolve(due, on: &connection) }
                prepared.removeAll { $0.due <= step }
                await gate.advance()
            }
            for left in prepared { try await resolve(left, on: &connection) }
        } catch {
            await connection?.close()
            await gate.leave()
            throw error
        }
        await connection?.close()
        await gate.leave()
        return tally
    }

    /// - Returns: `done`, or what came in between.
    private func perform(
        _ transaction: ModelTransaction, on connection: inout PostgresConnection?
    ) async throws -> String {
        do {
            let session = try await usable(&connection)
            try await perform(transaction, on: session)
            return "done"
        } catch let error as PostgresError {
            try requireExcuse(error)
            if let session = connection, await session.isUsable {
                // Nothing that fails here may stop the run: the session is given up instead.
                do { try await session.execute("ROLLBACK") } catch { await session.close() }
            }
            return error.sqlState ?? error.code.rawValue
        }
    }

    private func perform(_ transaction: ModelTransaction, on session: PostgresConnection) async throws {
        if case .block(let isolation) = transaction.form {
            try await session.execute("BEGIN ISOLATION LEVEL \(isolation)")
            for setting in transaction.settings { try await session.execute("SET LOCAL \(setting)") }
        }
        for statement in transaction.statements { try await perform(statement, on: session) }
        await gate.hold(for: transaction.holdFor)
        switch (transaction.form, transaction.ending) {
        case (_, .disconnect): await session.close()
        case (.autocommit, _): break
        case (_, .commit): try await session.execute("COMMIT")
        case (_, .rollback): try await session.execute("ROLLBACK")
        case (_, .prepare(let name, _, _)): try await session.execute("PREPARE TRANSACTION '\(name)'")
        }
    }

    private func perform(_ statement: ModelStatement, on session: PostgresConnection) async throws {
        switch statement {
        case .sql(let text): try await session.execute(text)
        case .copy(let target, let data):
            _ = try await session.copyIn("COPY \(target) FROM STDIN") { try await $0.write(data) }
        case .savepoint(let name, let statements, let isUndone):
            try await session.execute("SAVEPOINT \(name)")
            do {
                for statement in statements { try await perform(statement, on: session) }
                try await session.execute(isUndone ? "ROLLBACK TO \(name)" : "RELEASE \(name)")
            } catch let error as PostgresError where error.code == .server {
                try requireExcuse(error)
                try await session.execute("ROLLBACK TO \(name)")
            }
        }
    }

    /// It may be gone: a crash can have come before PREPARE was on disk, or have kept the answer from us.
    private func resolve(_ prepared: Prepared, on connection: inout PostgresConnection?) async throws {
        for _ in 0..<100 {
            do {
                let session = try await usable(&connection)
                try await session.execute("\(prepared.commits ? "COMMIT" : "ROLLBACK") PREPARED '\(prepared.name)'")
                return
            } catch let error as PostgresError where error.sqlState == SQLState.undefinedObject {
                return
            } catch let error as PostgresError {
                try requireExcuse(error)
            }
        }
    }

    private func usable(_ connection: inout PostgresConnection?) async throws -> PostgresConnection {
        if let known = connection, await known.isUsable { return known }
        await connection?.close()
        connection = nil
        await server.waitUntilUp()
        let new = try await PostgresConnection.connect(database.with("application_name", "writer \(number)"))
        // Writers wait for each other's locks, but not for long: what holds them may be waiting for a step of ours.
        try await new.execute("SET lock_timeout = '150ms'; SET deadlock_timeout = '50ms'")
        connection = new
        return new
    }

    private enum SQLState {
        static let undefinedObject = "42704"
        /// Constraints, conflicts, locks, timeouts, arithmetic and the server's fate. 42710: a name prepared before.
        static let excused = ["08", "22", "23", "40", "53", "55", "57", "58"]
    }

    private func requireExcuse(_ error: PostgresError) throws {
        guard let state = error.sqlState else { return }
        // 25P02: an earlier statement of the block has failed. 21000: MERGE met a row twice.
        guard SQLState.excused.contains(String(state.prefix(2))) || state == "25P02" || state == "21000" else {
            throw error
        }
    }
}
