public import Daybook
import Hummingbird
public import Logging
import PostgresClient
public import ServiceLifecycle

/// Serves the API, the stream, the pages and the metrics over HTTP.
public struct DaybookServer: Service {
    private let database: PostgresConfiguration
    private let definitions: DefinitionFolder
    private let live: LiveRows
    private let observatory: EngineObservatory
    private let jobs: JobSchedule
    private let policy: ListenPolicy
    private let access: ServerAccess
    private let logger: Logger
    private let host: String
    private let port: Int

    /// - Parameters:
    ///   - settings: of the engine of this process: where the tables and definitions are, and when what is due.
    ///   - live: what that engine announces to.
    ///   - tokens: how requests prove who sends them; nil where whoever reaches loopback is an operator.
    /// - Throws: ``AccessError`` for an address that other machines can reach, without tokens: every user's numbers would be
    ///   shown to everyone.
    public init(
        host: String, port: Int, settings: EngineSettings, live: LiveRows, observatory: EngineObservatory,
        tokens: AccessSettings? = nil, access: ServerAccess = ServerAccess(), logger: Logger
    ) throws(AccessError) {
        policy = try ListenPolicy(host: host, settings: tokens)
        database = settings.database
        definitions = settings.definitions
        jobs = JobSchedule(settings)
        self.host = host
        self.port = port
        self.live = live
        self.observatory = observatory
        self.access = access
        self.logger = logger
    }

    public func run() async throws {
        let routes = ServerRoutes(
            database: database, definitions: definitions, live: live, observatory: observatory, jobs: jobs,
            gate: try await AccessGate(policy, logger: logger), access: access, logger: logger
        )
        let application = routes.application(host: host, port: port) { port in
            logger.info("serving", metadata: ["address": "http://\(host):\(port)"])
        }
        do {
            // A server that shuts down waits for its connections, so the streams have to end first.
            try await withGracefulShutdownHandler {
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask { await routes.hub.run() }
                    group.addTask { await routes.doctor.run() }
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
    case addressInUse(host: String, port: Int)

    public var description: String {
        switch self {
        case .addressInUse(let host, let port):
            "Something else listens on \(host):\(port). Stop it, or choose another address with --listen (demo: --port)."
        }
    }
}
