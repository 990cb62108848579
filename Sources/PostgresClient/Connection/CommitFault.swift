internal import CLibPQ

#if canImport(Darwin)
internal import Darwin
#elseif canImport(Musl)
internal import Musl
#else
internal import Glibc
#endif

/// What a test lets happen between a COMMIT and its answer.
package enum CommitFault: Sendable {
    case cut
    /// On the connection's thread.
    case call(@Sendable () -> Void)
}

extension PostgresConnection {
    /// Breaks the link as a broken network does: what was sent may arrive, and nothing more comes or goes. For tests.
    package func cut() {
        guard let connection = try? link.handle else { return }
        _ = shutdown(PQsocket(connection), Int32(SHUT_RDWR))
    }

    /// Strikes once, when the next COMMIT of ``withTransaction(_:_:)`` is on its way. For tests.
    package func afterNextCommitIsSent(_ fault: CommitFault) {
        commitFault = fault
    }

    /// COMMIT has been handed to libpq.
    func strikeCommit() throws {
        guard let fault = commitFault else { return }
        commitFault = nil
        try flush()
        switch fault {
        case .cut: cut()
        case .call(let body): body()
        }
    }
}
