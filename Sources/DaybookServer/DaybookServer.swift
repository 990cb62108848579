public import Daybook
import Hummingbird
public import Logging
public import PostgresClient
public import ServiceLifecycle

/// Serves the API, the stream and pages over HTTP, on loopback only.
public struct DaybookServer: Service {
    private let routes: ServerRoutes
    private let logger: Logger
    private let host: String
    private let port: Int

    /// - Parameters:
    ///   - database: where the rollup tables are; read over connections of its own.
    ///   - eventsDirectory: the folder of the definitions.
    ///   - live: what the engine of this process announces to.
    /// - Throws: ``DaybookServerError`` for an address that other machines can reach: without authentication that would show
    ///   every user's numbers to everyone.
    public init(
        host: String, port: Int, database: PostgresConfiguration, eventsDirectory: String, live: LiveRows,
        observatory: EngineObservatory, logger: Logger
    ) throws {
        guard host == "localhost" || host == "::1" || host.hasPrefix("127.") else {
            throw DaybookServerError.notLoopback(host)
        }
        self.host = host
        self.port = port
        self.logger = logger
        routes = ServerRoutes(
            database: database, eventsDirectory: eventsDirectory, live: live, observatory: observatory, logger: logger
        )
    }

    public func run() async throws {
        var configuration = ApplicationConfiguration(address: .hostname(host, port: port), serverName: "daybook")
        configuration.reuseAddress = true
        var quiet = logger
        quiet.logLevel = .critical
        let application = Application(
            router: routes.router, configuration: configuration,
            onServerRunning: { channel in
                logger.info("serving", metadata: ["address": "http://\(host):\(channel.localAddress?.port ?? port)"])
            },
            logger: quiet
        )
        do {
            // A server that shuts down waits for its connections, so the streams have to end first.
            try await withGracefulShutdownHandler {
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask { await routes.hub.run() }
                    try await application.runService(gracefulShutdownSignals: [])
                    routes.hub.close()
                    group.cancelAll()
                }
            } onGracefulShutdown: {
                routes.hub.close()
            }
        } catch let error where "\(error)".contains("EADDRINUSE") || "\(error)".contains("Address already in use") {
            throw DaybookServerError.addressInUse(host: host, port: port)
        }
    }
}

public enum DaybookServerError: Error, Sendable, CustomStringConvertible {
    case notLoopback(String)
    case addressInUse(host: String, port: Int)

    public var description: String {
        switch self {
        case .notLoopback(let host):
            """
            \(host) can be reached from other machines, and this version has no authentication. Listen on 127.0.0.1, and \
            let a proxy that authenticates stand in front.
            """
        case .addressInUse(let host, let port):
            "Something else listens on \(host):\(port). Stop it, or choose another address with --listen (demo: --port)."
        }
    }
}
