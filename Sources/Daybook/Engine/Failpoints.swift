import PostgresClient
import Synchronization

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// What is to go wrong, where, once. Compiled in always; where nothing is armed, a boundary costs one branch.
package final class Failpoints: Sendable {
    package enum Action: Sendable {
        /// SIGKILL to this process.
        case kill
        /// The connection breaks as a network does, without a word.
        case cut
        /// An error that no reconnecting mends.
        case error
        /// On a thread that may block.
        case call(@Sendable () -> Void)
    }

    package let point: Failpoint
    private let action: Action
    /// Passes left until it strikes.
    private let passes: Atomic<Int>

    /// - Parameter pass: at which pass of the boundary it strikes, from 1.
    package init(_ point: Failpoint, _ action: Action, pass: Int = 1) {
        self.point = point
        self.action = action
        passes = Atomic(pass)
    }

    /// Reads `point:action` or `point:action:pass`, as in `flush.before-commit:kill:2`; actions are kill, cut and error.
    /// - Throws: ``FailpointError`` for anything else: a name misspelt must not pass for a fault survived.
    package convenience init(_ text: String) throws {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        let actions: [String: Action] = ["kill": .kill, "cut": .cut, "error": .error]
        guard (2...3).contains(parts.count), let point = Failpoint(rawValue: parts[0]), let action = actions[parts[1]],
            let pass = parts.count == 3 ? Int(parts[2]) : 1, pass > 0
        else {
            throw FailpointError(
                description: "\(Self.variable) is no failpoint. Unset it, or name one of "
                    + "\(Failpoint.allCases.map(\.rawValue).joined(separator: ", ")) with :kill, :cut or :error.")
        }
        self.init(point, action, pass: pass)
    }

    /// The environment variable that arms a process.
    package static let variable = "DAYBOOK_FAILPOINT"

    /// What the environment asks for; nil where it says nothing.
    package static func ofEnvironment() throws -> Failpoints? {
        guard let value = getenv(variable) else { return nil }
        return try Failpoints(String(cString: value))
    }

    package var hasStruck: Bool { passes.load(ordering: .relaxed) <= 0 }

    func pass(_ point: Failpoint, on connection: PostgresConnection) async throws {
        guard point == self.point, strikes() else { return }
        switch action {
        case .kill: Self.kill()
        case .cut: await connection.cut()
        case .error: throw FailpointError(description: "Failpoint \(point.rawValue) was armed. Unset \(Self.variable).")
        case .call(let body): await FileLane().run { body() }
        }
    }

    /// Strikes within the next COMMIT of the connection, where it is armed for that.
    func armCommit(on connection: PostgresConnection) async {
        guard point == .flushCommitSent, strikes() else { return }
        switch action {
        case .kill: await connection.afterNextCommitIsSent(.call { Self.kill() })
        case .cut, .error: await connection.afterNextCommitIsSent(.cut)
        case .call(let body): await connection.afterNextCommitIsSent(.call(body))
        }
    }

    private func strikes() -> Bool {
        passes.subtract(1, ordering: .relaxed).newValue == 0
    }

    private static func kill() {
        #if canImport(Glibc)
        Glibc.kill(getpid(), SIGKILL)
        #else
        Darwin.kill(getpid(), SIGKILL)
        #endif
    }
}

package struct FailpointError: Error, CustomStringConvertible {
    package let description: String
}

extension LeaderSession {
    /// To be called between two steps.
    func pass(_ point: Failpoint) async throws {
        guard let failpoints = settings.failpoints else { return }
        try await failpoints.pass(point, on: connection)
    }
}
