import Hummingbird
import Logging
import ServiceLifecycle
import Testing

@testable import DaybookServer

extension ServerFixture {
    /// Serves the routes on a free port of loopback for the time of `body`.
    func serving(_ body: (Int) async throws -> Void) async throws {
        let (ports, port) = AsyncStream.makeStream(of: Int.self)
        let application = routes.application(host: "127.0.0.1", port: 0) { port.yield($0) }
        let hub = routes.hub
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await application.runService(gracefulShutdownSignals: []) }
            group.addTask { await hub.run() }
            var iterator = ports.makeAsyncIterator()
            let found = try #require(await iterator.next())
            do {
                try await body(found)
            } catch {
                hub.close()
                group.cancelAll()
                throw error
            }
            hub.close()
            group.cancelAll()
            while (try? await group.next()) != nil {}
        }
    }
}
